import Domain
import Doubles
import Testing

@testable import Store

@Suite("What another process writes", .timeLimit(.minutes(5)))
struct OtherWritersTests {
    @Test("wakes those whom it concerns, and nobody else")
    func woken() async throws {
        try await withWatched { mine, other in
            let (one, two) = (try await mine.insertSample("one"), try await mine.insertSample("two"))
            for number in 1...3 {
                let waiters = [mine.bell.arm(one.id), mine.bell.arm(.person(one.owner))]
                let apart = mine.bell.arm(two.id)
                _ = try await other.write { writer in try writer.append(note(number), of: one.id) }
                for waiter in waiters { #expect(await waiter.wait(atMost: .seconds(30))) }
                #expect(mine.bell.count == 1)
                apart.disarm()
            }
        }
    }

    @Test("is told from what this process wrote itself, which rang already")
    func own() async throws {
        try await withWatched { mine, other in
            let (one, two) = (try await mine.insertSample("one"), try await mine.insertSample("two"))
            let before = mine.bell.rings
            for number in 1...50 {
                _ = try await mine.write { writer in try writer.append(note(number), of: one.id) }
            }
            let waiter = mine.bell.arm(one.id)
            // Seen by the watch after all of the above.
            let last = mine.bell.arm(two.id)
            _ = try await other.write { writer in try writer.append(note(51), of: two.id) }
            #expect(await last.wait(atMost: .seconds(30)))
            #expect(mine.bell.count == 1)
            waiter.disarm()
            #expect(mine.bell.rings > before + 50)
            #expect(mine.ownEvents.take(upTo: 51).isEmpty)
        }
    }

    @Test("is not lost when it comes in thousands, or while nobody watched")
    func many() async throws {
        try await withDatabasePath { path in
            let (mine, other) = (try Store(path: path), try Store(path: path))
            let one = try await mine.insertSample("one")
            let two = try await mine.insertSample("two")
            let waiter = mine.bell.arm(two.id)
            try await other.write { writer in
                for number in 1...12_000 { try writer.append(note(number), of: one.id) }
                try writer.append(note(12_001), of: two.id)
            }
            let watch = Task { try await mine.watchOtherWriters() }
            #expect(await waiter.wait(atMost: .seconds(30)))
            watch.cancel()
            _ = try? await watch.value
            try mine.close()
            try other.close()
        }
    }

    /// Two stores on one file, as two processes have them; the first watches.
    private func withWatched(_ body: (Store, Store) async throws -> Void) async throws {
        try await withDatabasePath { path in
            let (mine, other) = (try Store(path: path), try Store(path: path))
            let watch = Task { try await mine.watchOtherWriters() }
            try await body(mine, other)
            watch.cancel()
            _ = try? await watch.value
            try mine.close()
            try other.close()
        }
    }
}
