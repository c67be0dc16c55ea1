import Foundation
import Testing

@testable import Scanning

@Suite("Both engines", .serialized, .timeLimit(.minutes(3)))
struct EngineTests {
    @Test(
        "find EICAR plain, zipped three deep, in a PDF and in a mail, and name it",
        arguments: Engines.allCases
    )
    func eicar(engine: Engines) async throws {
        try await engine.with { engine in
            for (name, content) in Samples.infected {
                let verdict = try await engine.scan(content)
                #expect(verdict == .infected(signature: "Eicar-Test-Signature.UNOFFICIAL"), "\(name)")
            }
        }
    }

    @Test("find every one of Debian's samples", arguments: Engines.allCases)
    func debian(engine: Engines) async throws {
        try await engine.with { engine in
            let paths = try Samples.debian
            #expect(paths.count >= 40)
            for path in paths {
                let verdict = try await engine.scan(try Data(contentsOf: URL(fileURLWithPath: path)))
                #expect(verdict == .infected(signature: "Clam-Test-File.UNOFFICIAL"), "\(path)")
            }
        }
    }

    @Test("pass what is clean", arguments: Engines.allCases)
    func clean(engine: Engines) async throws {
        try await engine.with { engine in
            for (name, content) in Samples.clean {
                try await expect(engine, content, is: .clean, "\(name)")
            }
        }
    }

    @Test("refuse what is beyond a limit, within bounded time", arguments: Engines.allCases)
    func overLimits(engine: Engines) async throws {
        let samples = try await Samples.overLimits
        try await engine.with { engine in
            for (name, content) in samples {
                let start = ContinuousClock.now
                let verdict = try await engine.scan(content)
                guard case .refused(let reason) = verdict else {
                    Issue.record("\(name): \(verdict)")
                    continue
                }
                #expect(reason.hasPrefix("Heuristics.Limits.Exceeded"), "\(name)")
                #expect(ContinuousClock.now - start < .seconds(60), "\(name)")
            }
        }
    }

    @Test("give no verdict on a file that is shorter than was said", arguments: Engines.allCases)
    func shorter(engine: Engines) async throws {
        try await engine.with { engine in
            let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: "/etc/debian_version"))
            await #expect(throws: ScanFailure.self) {
                try await engine.scan(descriptor: file.fileDescriptor, size: 5_000)
            }
        }
    }

    @Test("scan many files at once, each with its own verdict", arguments: Engines.allCases)
    func many(engine: Engines) async throws {
        try await engine.with { engine in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<100 {
                    group.addTask {
                        let isInfected = number.isMultiple(of: 3)
                        let content = isInfected ? Samples.eicar : Data("clean \(number)".utf8)
                        let verdict = try await engine.scan(content)
                        #expect((verdict == .clean) == !isInfected)
                    }
                }
                try await group.waitForAll()
            }
        }
    }
}
