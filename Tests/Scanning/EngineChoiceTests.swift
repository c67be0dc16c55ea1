import Foundation
import Testing

@testable import Scanning

@Suite("The choice of an engine")
struct EngineChoiceTests {
    private func choice(signatures: Bool, _ change: (inout EngineChoice.Wish) -> Void = { _ in })
        -> EngineChoice
    {
        var wish = EngineChoice.Wish()
        change(&wish)
        return EngineChoice(wish) { directory in signatures && directory == wish.directory }
    }

    @Test("is libclamav with signatures, else clamd at its usual place, while nothing is set")
    func byDefault() {
        guard case .libclamav("/var/lib/clamav", _) = choice(signatures: true) else {
            Issue.record("not libclamav")
            return
        }
        let other = choice(signatures: false)
        #expect(other == .clamd(.tcp("localhost", 3_310), reason: "/var/lib/clamav holds no signatures"))
    }

    @Test("is clamd where it is pointed to, whatever signatures there are")
    func pointed() {
        let bySocket = choice(signatures: true) { $0.socket = "/run/clamd" }
        #expect(bySocket == .clamd(.unix("/run/clamd"), reason: "CLAMAV_SOCKET is set"))
        let byHost = choice(signatures: true) { $0.host = "scan.example" }
        #expect(byHost == .clamd(.tcp("scan.example", 3_310), reason: "CLAMAV_HOST is set"))
    }

    @Test("is what SCAN_ENGINE says, whether it can scan or not")
    func said() {
        let libclamav = choice(signatures: false) {
            $0.engine = .libclamav
            $0.socket = "/run/clamd"
        }
        #expect(libclamav == .libclamav(directory: "/var/lib/clamav", reason: "SCAN_ENGINE says so"))
        let clamd = choice(signatures: true) { $0.engine = .clamd }
        #expect(clamd == .clamd(.tcp("localhost", 3_310), reason: "SCAN_ENGINE says so"))
    }

    @Test("is none when scanning is switched off, and that is said loudly")
    func off() async {
        let choice = choice(signatures: true) { $0.isEnabled = false }
        #expect(choice == .off)
        #expect(choice.words.contains("NOT scanned"))
        let scanner = ChosenScanner(choice, engine: nil)
        #expect(!scanner.isOn)
        #expect(scanner.report.status == .degraded)
        #expect(scanner.report.detail.contains("ENABLE_VIRUS_SCAN=false"))
        await #expect(throws: ScanFailure.self) { try await scanner.scan(descriptor: 0, size: 0) }
    }

    @Test("looks for files of signatures, not for any")
    func holds() async throws {
        try await Place.with { place in
            #expect(EngineChoice.holdsSignatures(place.database))
            #expect(!EngineChoice.holdsSignatures(place.path))
            #expect(!EngineChoice.holdsSignatures(place.path + "/nowhere"))
            for name in ["freshclam.dat", ".cvd", "notes.txt"] { _ = try place.file(name, "") }
            #expect(!EngineChoice.holdsSignatures(place.path))
            _ = try place.file("daily.cld", "")
            #expect(EngineChoice.holdsSignatures(place.path))
        }
    }

    /// `CLAMAV_HOST=localhost`, as everybody has it.
    @Test("lets signatures alone scan, clamd alone scan, and with neither passes nothing")
    func machines() async throws {
        try await Place.with { place in
            var wish = EngineChoice.Wish()
            wish.directory = place.database
            wish.port = freePort()
            guard case .libclamav(let directory, _) = EngineChoice(wish) else {
                Issue.record("not libclamav")
                return
            }
            #expect(directory == place.database)

            let empty = place.path + "/empty"
            try FileManager.default.createDirectory(atPath: empty, withIntermediateDirectories: true)
            wish.directory = empty
            guard case .clamd(let address, _) = EngineChoice(wish) else {
                Issue.record("not clamd")
                return
            }
            let scanner = ChosenScanner(EngineChoice(wish), engine: Clamd(at: address))
            await #expect(throws: ScanFailure.self) { try await scanner.scan(Data("clean".utf8)) }
            #expect(try await eventually { scanner.report.status == .down })
            #expect(scanner.report.detail.contains("no file is accepted"))
            #expect(scanner.counts.failed == 1)
            // It comes up later, and nobody needs to start Parley again.
            try await withClamd(place, port: wish.port) { _ in
                let clean = try await scanner.scan(Data("clean".utf8))
                #expect(clean == .clean)
                let infected = try await scanner.scan(Samples.eicar)
                #expect(infected == .infected(signature: "Eicar-Test-Signature.UNOFFICIAL"))
                #expect(scanner.counts.clean == 1 && scanner.counts.infected == 1)
            }
        }
    }
}

@Suite("The scanner's report")
struct ScannerReportTests {
    private let now = Date(timeIntervalSince1970: 1_800_000_000)

    private func report(days: Double?, count: Int? = 8_000_000, trouble: String? = nil) -> ScannerReport {
        let made = days.map { now.addingTimeInterval(-$0 * 24 * 3_600) }
        let set = SignatureSet(version: 27_000, made: made, count: count)
        return ScannerReport(.ready(set, trouble: trouble), of: "libclamav", at: now)
    }

    @Test("is well with signatures of this week")
    func well() {
        #expect(report(days: 6.9).status == .ok)
        #expect(report(days: 0).detail == "libclamav with 8000000 signatures, version 27000 of 2027-01-15")
        #expect(report(days: nil, count: nil).status == .ok)
    }

    @Test("is degraded with older ones, with a few, and with trouble")
    func degraded() {
        #expect(report(days: 7.1).status == .degraded)
        #expect(report(days: 30).detail.hasSuffix("they are 30 days old: is freshclam running?"))
        #expect(report(days: 1, count: 1).detail.contains("1 signature,"))
        #expect(report(days: 1, count: 999).status == .degraded)
        #expect(report(days: 1, count: 1_000).status == .ok)
        #expect(report(days: 1, trouble: "newer ones are not used").status == .degraded)
        #expect(ScannerReport(.starting, of: "clamd", at: now).status == .degraded)
    }

    @Test("is down while nothing can be scanned")
    func down() {
        let report = ScannerReport(.unavailable(reason: "no signatures in /x"), of: "libclamav", at: now)
        #expect(report.status == .down)
        #expect(report.detail == "libclamav: no signatures in /x; no file is accepted")
    }

    @Test("counts the days of signatures that lie in a directory", .timeLimit(.minutes(5)))
    func age() async throws {
        try await Place.with { place in
            let old = Date().addingTimeInterval(-8 * 24 * 3_600)
            for name in ["eicar.ndb", "clam.hdb"] {
                try FileManager.default.setAttributes(
                    [.modificationDate: old],
                    ofItemAtPath: place.database + "/" + name
                )
            }
            try await withScanProcess(place) { engine in
                _ = try await engine.pid()
                guard case .ready(let set, _) = engine.condition, let made = set.made else {
                    Issue.record("\(engine.condition)")
                    return
                }
                #expect(abs(made.timeIntervalSince(old)) < 2)
                #expect(set.count == 2)
            }
        }
    }
}

@Suite("What libclamav's process says")
struct ChildMessageTests {
    @Test("is read word by word")
    func read() {
        #expect(ChildMessage("clean 5 ".utf8) == .verdict(5, .clean))
        #expect(ChildMessage("found 5 A B".utf8) == .verdict(5, .infected(signature: "A B")))
        #expect(ChildMessage("refused 5 deep".utf8) == .verdict(5, .refused(reason: "deep")))
        #expect(ChildMessage("error 5 no memory".utf8) == .failure(5, reason: "no memory"))
        #expect(ChildMessage("broken a b".utf8) == .broken(reason: "a b"))
        let set = SignatureSet(version: nil, made: Date(timeIntervalSince1970: 9), count: 3)
        #expect(ChildMessage("ready 0 9 3".utf8) == .ready(set))
    }

    @Test("counts as clean in one form alone, whatever else may come")
    func fuzz() {
        let words = ["clean", "found", "ready", "error", "refused", " ", "  ", "7", "-1", "\0", "é", "x", ""]
        for _ in 0..<20_000 {
            let text = (0..<Int.random(in: 0...6)).map { _ in words.randomElement() ?? "" }.joined()
            let isClean = if case .verdict(_, .clean) = ChildMessage(text.utf8) { true } else { false }
            #expect(isClean == (text.wholeMatch(of: /clean (7+)\u{20}/) != nil))
        }
    }
}
