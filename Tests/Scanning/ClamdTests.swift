import Foundation
import Glibc
import TestSupport
import Testing

@testable import Scanning

@Suite("clamd", .serialized, .timeLimit(.minutes(3)))
struct ClamdTests {
    @Test("is spoken to over TCP too, and tells how it is")
    func overTCP() async throws {
        try await Place.with { place in
            try await withClamd(place, port: freePort()) { address in
                let engine = Clamd(at: address)
                #expect(engine.condition == .starting)
                await engine.look()
                #expect(engine.condition == .ready(SignatureSet(version: nil, made: nil, count: nil)))
                let infected = try await engine.scan(Samples.eicar)
                #expect(infected == .infected(signature: "Eicar-Test-Signature.UNOFFICIAL"))
                let clean = try await engine.scan(Data(count: 300_000))
                #expect(clean == .clean)
            }
        }
    }

    @Test("that stops fails files at once, and scans again when it is back")
    func stopped() async throws {
        try await Place.with { place in
            let (child, address) = try await startClamd(place)
            let engine = Clamd(at: address)
            try await expectEicar(engine, Samples.eicar)
            child.signal(SIGKILL)
            await child.exited()
            await #expect(throws: ScanFailure.self) { try await engine.scan(Data("clean".utf8)) }
            await engine.look()
            guard case .unavailable = engine.condition else {
                Issue.record("\(engine.condition)")
                return
            }
            try await withClamd(place) { _ in
                let verdict = try await engine.scan(Samples.eicar)
                #expect(verdict == .infected(signature: "Eicar-Test-Signature.UNOFFICIAL"))
            }
        }
    }

    @Test("that passes what is beyond its limits gets no file, and an operator reads what to set")
    func letsPass() async throws {
        try await Place.with { place in
            let address = ClamdAddress.unix(place.path + "/clamd")
            let child = try spawnClamd(place, configuration: "AlertExceedsMax no")
            let engine = Clamd(at: address)
            // Also the first one, before anybody has looked.
            #expect(
                try await eventually(30) {
                    do {
                        _ = try await engine.scan(Data("clean".utf8))
                        Issue.record("passed")
                        return true
                    } catch let failure as ScanFailure {
                        return failure.message.contains("set AlertExceedsMax yes")
                    }
                }
            )
            await engine.look()
            guard case .unavailable(let reason) = engine.condition else {
                Issue.record("\(engine.condition)")
                return
            }
            #expect(reason.contains("set AlertExceedsMax yes, MaxScanSize 200M and MaxFileSize 256M"))
            child.signal(SIGKILL)
            await child.exited()
        }
    }

    @Test("refuses a file that is larger than it takes, instead of failing it")
    func tooLarge() async throws {
        try await Place.with { place in
            try await withClamd(place, configuration: clamdThatRefuses + "\nStreamMaxLength 1M") { address in
                let verdict = try await Clamd(at: address).scan(Data(count: 3_000_000))
                #expect(verdict == .refused(reason: "larger than clamd's StreamMaxLength"))
            }
        }
    }

    /// What it says to every connection, and whether it waits for the stream's end before that.
    static let wrongWays: [ScriptedClamd.Way] = [
        .silence, .hangUp, .say("", afterAll: true), .say("stream: OK\0", afterAll: false),
        .say("stream: OK", afterAll: true), .say("stream: OK\0stream: OK\0", afterAll: true),
        .say("stream: ok\0", afterAll: true), .say("OK\0", afterAll: true),
        .say("stream: OK \0", afterAll: true),
        .say("stream: FOUND\0", afterAll: true), .say("stream:  FOUND\0", afterAll: true),
        .say("stream: lstat() failed. ERROR\0", afterAll: true), .say("PONG\0", afterAll: true),
        .say(String(repeating: "x", count: 10_000), afterAll: true),
    ]

    @Test("passes nothing when it hangs, hangs up, or answers anything but its words", arguments: wrongWays)
    func wrong(way: ScriptedClamd.Way) async throws {
        try await Place.with { place in
            let server = try ScriptedClamd(at: place.path + "/clamd", way)
            defer { server.stop() }
            var limits = Clamd.Limits()
            limits.answer = .milliseconds(300)
            limits.step = .milliseconds(300)
            limits.probe = .milliseconds(300)
            let engine = Clamd(at: .unix(place.path + "/clamd"), limits: limits)
            // Known to be there, or it would be asked how it is first.
            engine.settle(.ready(SignatureSet(version: nil, made: nil, count: nil)))
            // Large enough that an early answer comes before its end.
            await #expect(throws: ScanFailure.self) { try await engine.scan(Data(count: 3_000_000)) }
            await engine.look()
            guard case .unavailable = engine.condition else {
                Issue.record("\(engine.condition)")
                return
            }
        }
    }

    @Test("that hangs keeps nobody waiting but the files that it has")
    func hanging() async throws {
        try await Place.with { place in
            let server = try ScriptedClamd(at: place.path + "/clamd", .silence)
            defer { server.stop() }
            var limits = Clamd.Limits()
            // As many as Dispatch has threads at most: they would all wait.
            limits.connections = 100
            limits.answer = .seconds(3)
            let engine = Clamd(at: .unix(place.path + "/clamd"), limits: limits)
            engine.settle(.ready(SignatureSet(version: nil, made: nil, count: nil)))
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<100 {
                    group.addTask {
                        await #expect(throws: ScanFailure.self) { try await engine.scan(Data("a".utf8)) }
                    }
                }
                let start = ContinuousClock.now
                // A few times, while more and more of them wait.
                for _ in 0..<20 {
                    await withCheckedContinuation { continuation in
                        DispatchQueue.global().asyncAfter(deadline: .now() + 0.02) { continuation.resume() }
                    }
                }
                #expect(ContinuousClock.now - start < .seconds(2))
            }
        }
    }

    @Test("is believed when it says early that a file is infected or too large")
    func early() async throws {
        for (words, verdict) in [
            ("stream: Bad FOUND\0", ScanVerdict.infected(signature: "Bad")),
            (
                "INSTREAM size limit exceeded. ERROR\0",
                .refused(reason: "larger than clamd's StreamMaxLength")
            ),
        ] {
            try await Place.with { place in
                let server = try ScriptedClamd(at: place.path + "/clamd", .say(words, afterAll: false))
                defer { server.stop() }
                let engine = Clamd(at: .unix(place.path + "/clamd"))
                engine.settle(.ready(SignatureSet(version: nil, made: nil, count: nil)))
                #expect(try await engine.scan(Data(count: 3_000_000)) == verdict)
            }
        }
    }

    @Test("tells the age of its signatures")
    func version() throws {
        let set = try ClamdReply.signatures("ClamAV 1.4.6/27512/Mon Jan  6 09:36:27 2025")
        #expect(set.version == 27_512)
        #expect(set.made == Date(timeIntervalSince1970: 1_736_156_187))
        #expect(
            try ClamdReply.signatures("ClamAV 1.4.6") == SignatureSet(version: nil, made: nil, count: nil)
        )
        #expect(throws: ScanFailure.self) { try ClamdReply.signatures("SSH-2.0-OpenSSH") }
    }

    @Test("is believed for two replies alone, whatever else may come")
    func fuzz() {
        var random = SystemRandomNumberGenerator()
        let words = ["stream: ", "OK", " FOUND", "FOUND", "ERROR", "\n", "\u{1}", "é", "Eicar", " ", ":", ""]
        for _ in 0..<20_000 {
            let reply = (0..<Int.random(in: 0...4)).map { _ in words.randomElement(using: &random) ?? "" }
                .joined()
            for isWhole in [true, false] {
                let verdict = try? ClamdReply.verdict(reply, isWhole: isWhole)
                #expect((verdict == .clean) == (reply == "stream: OK" && isWhole))
            }
        }
    }
}
