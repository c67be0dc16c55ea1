import Foundation
import Glibc
import Synchronization
import TestSupport
import Testing

@testable import Scanning

@Suite("libclamav's process", .serialized, .timeLimit(.minutes(3)))
struct ScanProcessTests {
    /// Half a second's work, so that something can happen meanwhile.
    private static let slow = Samples.zip((0..<9_000).map { Data("member \($0)".utf8) } + [Samples.eicar])

    @Test("is started again when it is killed in mid-scan, and the file has its verdict from the next one")
    func killed() async throws {
        try await Place.with { place in
            try await withScanProcess(place) { engine in
                let first = try await engine.pid()
                async let verdict = engine.scan(Self.slow)
                #expect(try await eventually { !engine.state.withLock { $0.running.isEmpty } })
                kill(first, SIGKILL)
                guard case .infected = try await verdict else {
                    Issue.record("passed")
                    return
                }
                #expect(try await engine.pid() != first)
            }
        }
    }

    @Test("is ended when it hangs: the file fails, and the next one is scanned")
    func hanging() async throws {
        try await Place.with { place in
            try await withScanProcess(place, { $0.answer = .seconds(5) }) { engine in
                let first = try await engine.pid()
                try await freeze(first)
                await #expect(throws: ScanFailure(message: "no verdict within 5.0 seconds")) {
                    try await engine.scan(Samples.eicar)
                }
                #expect(try await eventually { kill(first, 0) != 0 })
                try await expect(engine, Data("clean".utf8), is: .clean)
            }
        }
    }

    @Test("fails a file that ends it twice, and goes on")
    func poison() async throws {
        try await Place.with { place in
            try await withScanProcess(place) { engine in
                let scan = Task { try await engine.scan(Self.slow) }
                for tries in 1...2 {
                    #expect(
                        try await eventually {
                            engine.state.withLock { $0.running.values.first?.tries == tries }
                        }
                    )
                    kill(try await engine.pid(), SIGSEGV)
                }
                await #expect(throws: ScanFailure(message: "parley-scan ended twice over this file")) {
                    try await scan.value
                }
                try await expect(engine, Data("clean".utf8), is: .clean)
            }
        }
    }

    @Test("takes new signatures up without a gap, keeps the old ones while the new are broken")
    func swapped() async throws {
        let isLong = ProcessInfo.processInfo.environment["PARLEY_LONG_TESTS"] != nil
        let scans = isLong ? 1_000 : 200
        try await Place.with { place in
            try await withScanProcess(place) { engine in
                let pid = try await engine.pid()
                var seen: Set<String> = []
                let swaps = Task {
                    var round = 0
                    while !Task.isCancelled {
                        let signature =
                            round % 3 == 2 ? "no signature at all" : Place.signature("Round-\(round % 3)")
                        try place.write("eicar.ndb", signature)
                        round += 1
                        try await Task.sleep(for: .milliseconds(60))
                    }
                }
                var number = 0
                // At least until both valid sets were in force, within reason.
                while number < scans || seen.count < 3 && number < 100_000 {
                    guard case .infected(let name) = try await engine.scan(Samples.eicar) else {
                        Issue.record("an infected file has passed")
                        break
                    }
                    seen.insert(name)
                    try await expect(engine, Data("clean \(number)".utf8), is: .clean)
                    number += 1
                }
                swaps.cancel()
                _ = await swaps.result
                #expect(
                    seen == ["Eicar-Test-Signature.UNOFFICIAL", "Round-0.UNOFFICIAL", "Round-1.UNOFFICIAL"]
                )
                #expect(try await engine.pid() == pid)

                try place.write("eicar.ndb", "no signature at all")
                #expect(
                    try await eventually {
                        guard case .ready(_, let trouble?) = engine.condition else { return false }
                        return trouble.hasPrefix(
                            "newer ones are not used: the signatures in \(place.database)"
                        )
                    }
                )
                try await expectEicar(engine)
                try place.write("eicar.ndb", Place.eicar)
                #expect(
                    try await eventually {
                        if case .ready(_, nil) = engine.condition { true } else { false }
                    }
                )
            }
        }
    }

    @Test("turns files away at once while there are no signatures, and takes them when some come")
    func noSignatures() async throws {
        try await Place.with { place in
            for name in ["eicar.ndb", "clam.hdb"] {
                try FileManager.default.removeItem(atPath: place.database + "/" + name)
            }
            try await withScanProcess(place) { engine in
                await #expect(throws: ScanFailure(message: "no signatures in \(place.database)")) {
                    try await engine.scan(Data("clean".utf8))
                }
                #expect(engine.condition == .unavailable(reason: "no signatures in \(place.database)"))
                try place.write("eicar.ndb", Place.eicar)
                _ = try await engine.pid()
                try await expectEicar(engine)
            }
        }
    }

    @Test("is missed when it is not there")
    func missing() async throws {
        try await Place.with { place in
            try await withScanProcess(place, program: place.path + "/nowhere") { engine in
                await #expect(throws: ScanFailure.self) { try await engine.scan(Data("clean".utf8)) }
                guard case .unavailable(let reason) = engine.condition else {
                    Issue.record("\(engine.condition)")
                    return
                }
                #expect(reason.contains("nowhere cannot be started: No such file or directory"))
            }
        }
    }

    @Test(
        "passes nothing when it says what is not its part",
        arguments: [
            "printf 'ready 0 0 5' >&3; printf 'clean 7 ' >&3; exec sleep 60",
            "printf 'ready 0 0 5' >&3; printf 'hello' >&3; exec sleep 60",
            "printf 'clean 1 ' >&3; exec sleep 60", "printf 'ready 0 0 0' >&3; exec sleep 60", "exit 0",
            "printf 'ready 0 0 5' >&3; sleep 0.1; exit 3", "exec sleep 60",
        ]
    )
    func nonsense(script: String) async throws {
        try await Place.with { place in
            let program = try place.file("scan", "#!/bin/sh\n\(script)\n", mode: 0o700)
            try await withScanProcess(
                place,
                program: program,
                {
                    $0.start = .milliseconds(300)
                    $0.turn = .seconds(1)
                    $0.answer = .milliseconds(300)
                }
            ) { engine in
                await #expect(throws: ScanFailure.self) { try await engine.scan(Data("clean".utf8)) }
            }
        }
    }

    @Test("is handed no file once its self-test has failed, until it is ready again")
    func unfit() async throws {
        try await Place.with { place in
            let script = """
                #!/bin/sh
                printf 'ready 0 0 5' >&3; printf 'unfit no room' >&3
                while [ ! -e \(place.path)/room ]; do sleep 0.02; done
                printf 'ready 0 0 5' >&3; exec sleep 60
                """
            let program = try place.file("scan", script, mode: 0o700)
            try await withScanProcess(place, program: program) { engine in
                #expect(try await eventually { engine.condition == .unavailable(reason: "no room") })
                await #expect(throws: ScanFailure(message: "no room")) {
                    try await engine.scan(Data("clean".utf8))
                }
                _ = try place.file("room", "")
                _ = try await engine.pid()
                guard case .ready = engine.condition else {
                    Issue.record("\(engine.condition)")
                    return
                }
            }
        }
    }

    @Test("has another directory when somebody has removed its own, and finds what must be unpacked")
    func directoryRemoved() async throws {
        try await Place.with { place in
            try await withScanProcess(place) { engine in
                let first = try await engine.pid()
                try FileManager.default.removeItem(atPath: place.temporary)
                for (_, content) in Samples.infected { try await expectEicar(engine, content) }
                #expect(try await engine.pid() != first)
            }
        }
    }

    @Test("has no verdict on anything while something else stands where it unpacks")
    func directoryReplaced() async throws {
        try await Place.with { place in
            try await withScanProcess(place) { engine in
                _ = try await engine.pid()
                let names = try FileManager.default.contentsOfDirectory(atPath: place.temporary)
                let directory = place.temporary + "/" + (try #require(names.first))
                try FileManager.default.removeItem(atPath: directory)
                try Data("in the way".utf8).write(to: URL(fileURLWithPath: directory))
                for (name, content) in Samples.infected + Samples.clean {
                    await #expect(throws: ScanFailure.self, "\(name)") { try await engine.scan(content) }
                }
            }
        }
    }

    @Test("has its directory, however many responders start at once")
    func directories() async throws {
        try await Place.with { place in
            let directories = try await withThrowingTaskGroup(of: ScanDirectory.self) { group in
                for _ in 0..<200 { group.addTask { try ScanDirectory(in: place.temporary) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(Set(directories.map(\.path)).count == 200)
            for directory in directories {
                #expect(FileManager.default.fileExists(atPath: directory.path))
            }
        }
    }

    @Test("has limits, no rights to gain, none of our environment and files, and ends with us")
    func confined() async throws {
        try await Place.with { place in
            let pid = try await withScanProcess(place) { engine in
                let pid = try await engine.pid()
                let limits = try String(contentsOfFile: "/proc/\(pid)/limits", encoding: .utf8)
                let expected = [
                    ("Max address space", 6 << 30), ("Max core file size", 0), ("Max file size", 320 << 20),
                    ("Max open files", 512),
                ]
                for (name, most) in expected {
                    let line = try #require(limits.split(separator: "\n").first { $0.hasPrefix(name + " ") })
                    #expect(line.dropFirst(name.count).split(separator: " ").first == "\(most)")
                }
                let status = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
                #expect(status.contains("NoNewPrivs:\t1"))
                let environment = try String(contentsOfFile: "/proc/\(pid)/environ", encoding: .utf8)
                #expect(environment == "LANG=C.UTF-8\0SWIFT_BACKTRACE=enable=no\0")
                let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd")
                #expect(Set(open).isSubset(of: ["0", "1", "2", "3"]))
                return pid
            }
            #expect(kill(pid, 0) != 0)
            // Its directory has gone with it.
            #expect(try FileManager.default.contentsOfDirectory(atPath: place.temporary).isEmpty)
        }
    }

    @Test("leaves nothing in its directory, and the next responder removes what a killed one has left")
    func leftovers() async throws {
        try await Place.with { place in
            let old = place.temporary + "/scan-old"
            try FileManager.default.createDirectory(atPath: old, withIntermediateDirectories: true)
            try Data("half a file".utf8).write(to: URL(fileURLWithPath: old + "/x"))
            try await withScanProcess(place) { engine in
                #expect(!FileManager.default.fileExists(atPath: old))
                _ = try await engine.scan(Self.slow)
                let names = try FileManager.default.contentsOfDirectory(atPath: place.temporary)
                #expect(names.count == 1)
                for name in names {
                    let rest = try FileManager.default.contentsOfDirectory(
                        atPath: place.temporary + "/" + name
                    )
                    #expect(rest.isEmpty)
                }
            }
        }
    }

    @Test("forgets a file that nobody waits for any more")
    func cancelled() async throws {
        try await Place.with { place in
            try await withScanProcess(place, { $0.workers = 1 }) { engine in
                let pid = try await engine.pid()
                try await freeze(pid)
                let scans = (0..<3).map { _ in Task { try await engine.scan(Samples.eicar) } }
                #expect(try await eventually { engine.state.withLock { $0.queue.count == 2 } })
                for scan in scans { scan.cancel() }
                for scan in scans { await #expect(throws: ScanFailure.self) { try await scan.value } }
                #expect(engine.state.withLock { $0.queue.isEmpty })
                kill(pid, SIGCONT)
                try await expect(engine, Data("clean".utf8), is: .clean)
                #expect(engine.state.withLock { $0.running.isEmpty })
            }
        }
    }

    @Test("alone is linked with libclamav, whose licence is not ours")
    func linked() async throws {
        let parley = URL(fileURLWithPath: parleyScan).deletingLastPathComponent().path + "/parley"
        for (program, isLinked) in [(parleyScan, true), (parley, false)] {
            try await Place.with { place in
                let output = place.path + "/ldd"
                let child = try ChildProcess("/usr/bin/ldd", [program], environment: [:], output: output)
                #expect(await child.exited() == 0)
                let text = try String(contentsOfFile: output, encoding: .utf8)
                #expect(text.contains("libc.so"))
                #expect(text.contains("libclamav") == isLinked)
            }
        }
    }
}
