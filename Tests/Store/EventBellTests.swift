import Domain
import Doubles
import Synchronization
import TestSupport
import Testing

@testable import Store

@Suite("The bell", .timeLimit(.minutes(5)))
struct EventBellTests {
    private static let id = DiscussionID(rawValue: "d1")

    @Test("wakes everyone who waits for the discussion, and nobody else")
    func rings() async {
        let bell = EventBell()
        let waiters = (0..<10).map { _ in bell.arm(Self.id) }
        let other = bell.arm(DiscussionID(rawValue: "d2"))
        #expect(bell.count == 11)
        await withTaskGroup(of: Bool.self) { group in
            for waiter in waiters { group.addTask { await waiter.wait(atMost: .seconds(60)) } }
            bell.ring([.discussion(Self.id)])
            for await rung in group { #expect(rung) }
        }
        #expect(bell.count == 1)
        other.disarm()
        #expect(bell.count == 0)
    }

    @Test("is heard by a waiter that begins to wait only afterwards")
    func rungBefore() async {
        let bell = EventBell()
        let waiter = bell.arm(Self.id)
        bell.ring([.discussion(Self.id)])
        #expect(await waiter.wait(atMost: .seconds(60)))
        #expect(bell.count == 0)
    }

    @Test("is not heard by one who was armed after it rang")
    func rungTooEarly() async {
        let bell = EventBell()
        bell.ring([.discussion(Self.id)])
        #expect(await !bell.arm(Self.id).wait(atMost: .milliseconds(20)))
        #expect(bell.count == 0)
    }

    @Test("forgets waiters whose time is over, who are disarmed or cancelled")
    func forgets() async throws {
        let bell = EventBell()
        #expect(await !bell.arm(Self.id).wait(atMost: .zero))
        bell.arm(Self.id).disarm()
        let waiting = bell.arm(Self.id)
        let task = Task { await waiting.wait(atMost: .seconds(600)) }
        task.cancel()
        #expect(await !task.value)
        let late = bell.arm(Self.id)
        let cancelled = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await late.wait(atMost: .seconds(600))
        }
        #expect(await !cancelled.value)
        let disarmed = bell.arm(Self.id)
        disarmed.disarm()
        #expect(await !disarmed.wait(atMost: .seconds(600)))
        #expect(bell.count == 0)
    }

    @Test("calls those who do not wait in a task once, and never those who were disarmed")
    func callbacks() async throws {
        let bell = EventBell()
        let calls = Mutex<[String]>([])
        func note(_ name: String) -> @Sendable (Bool) -> Void {
            { rung in calls.withLock { $0.append("\(name) \(rung ? "rung" : "late")") } }
        }
        let waiters = (0..<4).map { _ in bell.arm(Self.id) }
        waiters[0].whenOver(atMost: .seconds(60), note("first"))
        waiters[1].disarm()
        waiters[1].whenOver(atMost: .seconds(60), note("disarmed before"))
        waiters[2].whenOver(atMost: .seconds(60), note("disarmed after"))
        waiters[2].disarm()
        bell.ring([.discussion(Self.id)])
        // Rung before anybody asked.
        waiters[3].whenOver(atMost: .seconds(60), note("last"))
        bell.arm(nil).whenOver(atMost: .milliseconds(10), note("timed"))
        try await eventually { calls.withLock { $0.count } == 4 }
        #expect(
            calls.withLock { $0.sorted() }
                == ["disarmed before late", "first rung", "last rung", "timed late"]
        )
        #expect(bell.count == 0)
    }

    @Test("keeps all deadlines with one timer: none too early, none forgotten")
    func deadlines() async throws {
        let bell = EventBell()
        let late = Mutex<[Duration]>([])
        let start = ContinuousClock.now
        for number in 0..<3_000 {
            let limit = Duration.milliseconds(20 + number % 200)
            bell.arm(number.isMultiple(of: 2) ? .discussion(Self.id) : nil).whenOver(atMost: limit) { rung in
                let passed = ContinuousClock.now - start
                if !rung { late.withLock { $0.append(passed - limit) } }
            }
        }
        try await eventually { late.withLock { $0.count } == 3_000 }
        // Armed after `start`, so none can be over before its limit.
        #expect(late.withLock { $0.min() ?? .zero } >= .zero)
        #expect(bell.count == 0)
    }

    @Test("counts its rings, so that a reading can be told to be late enough")
    func rings() {
        let bell = EventBell()
        let before = bell.arm(Self.id)
        bell.ring([.discussion(DiscussionID(rawValue: "d2"))])
        bell.ring([])
        let after = bell.arm(Self.id)
        #expect(before.rings == 0 && after.rings == 2 && bell.rings == 2)
        before.disarm()
        after.disarm()
    }

    @Test("leaves nothing behind however arming, ringing, cancelling and disarming meet")
    func storm() async {
        let bell = EventBell()
        let ids = (0..<4).map { DiscussionID(rawValue: "d\($0)") }
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    for turn in 0..<5_000 {
                        bell.ring([.discussion(ids[turn % 4])])
                        if turn.isMultiple(of: 64) { await Task.yield() }
                    }
                }
            }
            for number in 0..<2_000 {
                group.addTask {
                    let waiter = bell.arm(ids[number % 4])
                    switch number % 3 {
                    case 0: waiter.disarm()
                    case 1:
                        let task = Task { await waiter.wait(atMost: .seconds(60)) }
                        task.cancel()
                        _ = await task.value
                    default: _ = await waiter.wait(atMost: .milliseconds(5))
                    }
                }
            }
        }
        #expect(bell.count == 0)
    }

    @Test("lets no one who arms, reads and then waits miss a commit")
    func nothingMissed() async throws {
        let last = 4_000
        try await withStore { store in
            let discussion = try await store.insertSample()
            let id = discussion.id
            try await withThrowingTaskGroup(of: [Int].self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        var seen: [Int] = []
                        var cursor = 0
                        while seen.last != last {
                            let waiter = store.bell.arm(id)
                            let after = cursor
                            let events = try await store.read { reader in
                                try reader.listEvents(of: id, after: after, limit: 1_000)
                            }
                            if events.isEmpty {
                                // The writer never rests this long: a wait that ends by itself missed a ring.
                                try #require(await waiter.wait(atMost: .seconds(30)))
                            } else {
                                waiter.disarm()
                                cursor = events.last?.id ?? cursor
                                seen += events.compactMap(\.number)
                            }
                        }
                        return seen
                    }
                }
                group.addTask {
                    var number = 1
                    while number <= last {
                        let batch = number...min(number + number % 5, last)
                        try await store.write { writer in
                            for number in batch { try writer.append(note(number), of: id) }
                        }
                        number = batch.upperBound + 1
                    }
                    return Array(1...last)
                }
                for try await seen in group { #expect(seen == Array(1...last)) }
            }
            #expect(store.bell.count == 0)
        }
    }
}
