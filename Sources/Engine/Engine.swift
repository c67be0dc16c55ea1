package import Domain
package import Foundation
package import Logging
package import Providers
package import Store
import Support

/// Performs what `RoundMachine` decides. The only writer of rounds.
package actor Engine {
    /// What an operator set that concerns the table.
    package struct Limits: Sendable {
        /// The longest answer of a seat, in tokens.
        package var maxTokens = 2_000
        /// The longest summary, conclusion or set of questions, in tokens.
        package var writingTokens = 2_000
        /// Rounds after which a discussion is resolved; reopening allows as many more.
        package var maxRounds = 20
        /// A prompt is kept below this many tokens, by our estimate.
        package var promptTokens = 16_000
        /// The local server's whole context, prompt and answer; nil: not known.
        package var localContext: Int?
        /// Discussions that are worked on at once; the others wait, first come first served.
        package var maxRunning = 8
        /// How long the judge may take; a discussion is not held up longer for a verdict.
        package var judgeTime = Duration.seconds(30)
        /// Whether a seat on the house's own server may be spoken for by a vendor when that server fails.
        package var allowsExternalFallback = false
        /// What all files of a discussion together may take of a prompt, in tokens.
        package var fileTokens = 8_000
        /// Providers whose models can see pictures.
        package var seeing: Set<ProviderID> = []
        /// What each provider asks for its tokens, as far as it is known.
        package var prices: [ProviderID: Price] = [:]
        /// What may be spent.
        package var budget = Budget()

        package init() {}
    }

    /// A discussion that is to be worked on.
    private struct Turn {
        let id: DiscussionID
        let owner: PersonID
        /// The request that asked for it: what is logged on the way carries its id.
        let request: String?
    }

    /// No provider is configured that may see this discussion's words.
    package struct NoProvider: Error {}

    /// The model of each provider that is configured.
    package nonisolated let models: [ProviderID: String]

    let store: Store
    nonisolated let voices: Voices
    package nonisolated let limits: Limits
    nonisolated let chunks: ChunkBuffer
    /// Where the bytes of files lie; nil: there are none.
    nonisolated let files: FilesDirectory?
    let holder: LeaseHolder
    let logger: Logger
    package nonisolated let now: @Sendable () -> Date

    /// Told which discussions are erased, within the transaction; what it throws keeps them.
    let willErase: @Sendable ([DiscussionID]) throws -> Void
    /// Told which were, after the commit.
    let didErase: @Sendable ([DiscussionID]) async -> Void

    private var running: [DiscussionID: Task<Void, Never>] = [:]
    /// What the steps that are under way have used.
    private var bills: [DiscussionID: Bill] = [:]
    /// Discussions that were taken up again while their task was coming to its end.
    private var again: [DiscussionID: Turn] = [:]
    private var queue: [Turn] = []
    private(set) var isClosing = false

    package init(
        store: Store,
        providers: [GuardedProvider],
        limits: Limits,
        files: FilesDirectory? = nil,
        logger: Logger,
        now: @escaping @Sendable () -> Date = { Date() },
        willErase: @escaping @Sendable ([DiscussionID]) throws -> Void = { _ in },
        didErase: @escaping @Sendable ([DiscussionID]) async -> Void = { _ in }
    ) {
        self.willErase = willErase
        self.didErase = didErase
        self.store = store
        self.limits = limits
        self.files = files
        self.logger = logger
        self.now = now
        let providers = Dictionary(uniqueKeysWithValues: providers.map { ($0.id, $0) })
        models = providers.mapValues(\.model)
        holder = LeaseHolder()
        voices = Voices(providers: providers, logger: logger)
        chunks = ChunkBuffer(store: store, holder: holder.name, logger: logger)
    }

    /// The panel that a new discussion would get; nil when no provider may speak there.
    package nonisolated func panel(place: Place) -> Panel? {
        Panel(models: models.filter { place == .any || $0.key == .local })
    }

    /// The place of a discussion among those that wait for their turn to run, from 1; nil if it does not wait.
    package func place(of id: DiscussionID) -> Int? {
        queue.firstIndex { $0.id == id }.map { $0 + 1 }
    }

    /// How many discussions are worked on, and how many wait for their turn.
    package var load: (running: Int, waiting: Int) { (running.count, queue.count) }

    /// Takes up every running discussion that no living engine works on: after a stop, a crash, or when
    /// another responder handed it over.
    package func resumeOrphans() async throws {
        let (holder, now) = (holder, now())
        let orphans = try await store.read { reader in
            try reader.listOrphans(at: now, isAlive: holder.isAlive)
        }
        for (id, owner) in orphans where running[id] == nil { await takeUp(id, of: owner) }
    }

    /// Stops taking discussions up and gives the seats that are speaking up to `grace` to finish.
    ///
    /// What has not finished then is begun anew at the next start.
    package func close(grace: Duration) async {
        isClosing = true
        queue = []
        let tasks = Array(running.values)
        let timer = Task {
            try await Task.sleep(for: grace)
            for task in tasks { task.cancel() }
        }
        for task in tasks { await task.value }
        timer.cancel()
    }

    /// Works on a discussion until it waits for its person.
    ///
    /// At most one task does so at a time.
    func takeUp(_ id: DiscussionID, of owner: PersonID) async {
        await takeUp(Turn(id: id, owner: owner, request: RequestID.current))
    }

    private func takeUp(_ turn: Turn) async {
        guard !isClosing, !queue.contains(where: { $0.id == turn.id }) else { return }
        if running[turn.id] != nil {
            again[turn.id] = turn
        } else if running.count >= limits.maxRunning {
            queue.append(turn)
            await tellPlaces(from: queue.count)
        } else {
            start(turn)
        }
    }

    /// Ends what is being done for a discussion.
    func cancel(_ id: DiscussionID) async {
        running[id]?.cancel()
        if let place = queue.firstIndex(where: { $0.id == id }) {
            queue.remove(at: place)
            await tellPlaces(from: place + 1)
        }
    }

    /// The bill of what is being done for a discussion.
    func bill(of id: DiscussionID) -> Bill? { bills[id] }

    private func start(_ turn: Turn) {
        let bill = Bill(prices: limits.prices)
        bills[turn.id] = bill
        running[turn.id] = Task {
            await RequestID.$current.withValue(turn.request) { await run(turn.id, of: turn.owner, bill) }
            running[turn.id] = nil
            bills[turn.id] = nil
            if let next = again.removeValue(forKey: turn.id) { await takeUp(next) }
            await startNext()
        }
    }

    private func startNext() async {
        guard !isClosing, !queue.isEmpty, running.count < limits.maxRunning else { return }
        let next = queue.removeFirst()
        if running[next.id] == nil { start(next) }
        await tellPlaces(from: 0)
    }

    /// Tells those that wait, from this place on, where they stand; 0 includes whoever just began.
    private func tellPlaces(from first: Int) async {
        let places = queue.enumerated().map {
            (id: $0.element.id, owner: $0.element.owner, place: $0.offset + 1)
        }
        .filter { $0.place >= first }
        do {
            try await store.write { writer in
                for (id, owner, place) in places {
                    guard let discussion = try writer.reader.findDiscussion(id, of: owner),
                        discussion.status == .running
                    else { continue }
                    try writer.append(
                        .queued(.init(place: place, status: .running, activity: discussion.activity)),
                        of: id
                    )
                }
            }
        } catch {
            logger.error("places in the queue could not be told", error: error)
        }
    }
}
