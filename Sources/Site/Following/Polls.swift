import Domain
import Store
import Synchronization

/// All that wait for events at this site: held polls and live pages, within their limits.
package final class Polls: Sendable {
    /// What an operator set.
    package struct Limits: Sendable {
        package var perPerson = 16
        package var total = 10_000
        /// The longest that a poll without news is held, in seconds.
        ///
        /// RFC 6202: 30 s is safe everywhere; nginx gives an answer up after 60 s without a byte.
        package var longestHold = 25.0
        /// Added at random, in seconds, so that polls which began together do not all come back together.
        package var jitter = 5.0

        package init() {}
    }

    /// A tab's polls of one stream: a newer one takes the place of the older.
    struct Client: Hashable {
        let person: PersonID
        let stream: EventStream
        let name: String
    }

    private struct State {
        var next = 0
        var held: [Int: HeldPoll?] = [:]
        var ofPerson: [PersonID: Int] = [:]
        var ofClient: [Client: Int] = [:]
        var isClosing = false
    }

    let limits: Limits
    private let state = Mutex(State())

    package init(_ limits: Limits) {
        self.limits = limits
    }

    /// How many are held.
    package var count: Int { state.withLock { $0.held.count } }

    /// A place for a live page; nil past a limit.
    func enter(_ person: PersonID) -> Place? {
        state.withLock { enter(person, client: nil, nil, &$0) }
    }

    /// A place for a poll; nil past a limit.
    ///
    /// An older poll of the same client is completed first, so that its place is free.
    func enter(_ poll: HeldPoll, of person: PersonID, client: Client?) -> Place? {
        let (older, place): (HeldPoll?, Place?) = state.withLock { state in
            var older: HeldPoll?
            if let client, let number = state.ofClient[client] {
                older = state.held[number] ?? nil
                leave(Place(polls: self, number: number, person: person, client: client), &state)
            }
            return (older, enter(person, client: client, poll, &state))
        }
        older?.complete()
        if isClosing { poll.complete() }
        return place
    }

    /// Completes the poll that this client holds.
    func completeOlder(of client: Client) {
        let older: HeldPoll? = state.withLock { state in
            state.ofClient[client].flatMap { state.held[$0] ?? nil }
        }
        older?.complete()
    }

    /// Completes all polls, and those that come from now on at once: the process is about to end, and their
    /// clients ask the next one.
    package func close() {
        let held = state.withLock { state in
            state.isClosing = true
            return state.held.values.compactMap(\.self)
        }
        for poll in held { poll.complete() }
    }

    private var isClosing: Bool { state.withLock { $0.isClosing } }

    /// One of those that wait; it must be left when the wait is over.
    struct Place: Sendable {
        let polls: Polls
        let number: Int
        let person: PersonID
        let client: Client?

        func leave() { polls.state.withLock { polls.leave(self, &$0) } }
    }

    private func enter(
        _ person: PersonID,
        client: Client?,
        _ poll: HeldPoll?,
        _ state: inout State
    ) -> Place? {
        let own = state.ofPerson[person] ?? 0
        guard own < limits.perPerson, state.held.count < limits.total else { return nil }
        state.next += 1
        state.held[state.next] = .some(poll)
        state.ofPerson[person] = own + 1
        if let client { state.ofClient[client] = state.next }
        return Place(polls: self, number: state.next, person: person, client: client)
    }

    private func leave(_ place: Place, _ state: inout State) {
        guard state.held.removeValue(forKey: place.number) != nil else { return }
        let left = (state.ofPerson[place.person] ?? 1) - 1
        state.ofPerson[place.person] = left > 0 ? left : nil
        if let client = place.client, state.ofClient[client] == place.number { state.ofClient[client] = nil }
    }
}
