internal import CFastCGI
internal import Glibc
internal import Logging
internal import NIOCore
internal import Synchronization

/// The one thread that accepts connections, reads heads, and watches connections whose requests are parked.
///
/// It never waits for a peer and never runs a responder: a complete head becomes an ``Exchange``, which is
/// handed over through `arrivals`.
///
/// `@unchecked Sendable` is true because the variables below "The loop's own" are used by ``run()`` alone, on
/// its thread; other threads reach the loop through `mail`, a mutex, and through atomics.
final class EventLoop: @unchecked Sendable {
    enum Message {
        /// The request is over and the connection with it.
        case close(UInt64)
        /// The request is over; these bytes of the next one have been read already.
        case resume(UInt64, ByteBuffer)
        /// Seen while draining: a connection has become idle.
        case closeIfIdle(UInt64)
        case stop(grace: Duration)
    }

    static let listenerToken: UInt64 = 0
    static let wakeToken: UInt64 = 1
    private static let firstConnectionToken: UInt64 = 2

    let context: ServerContext
    let epoll: Epoll
    private let wakeDescriptor: Int32
    private let mail = Mutex<[Message]>([])
    let activeRequests = Atomic<Int>(0)
    private let isDraining = Atomic<Bool>(false)
    /// Another process takes over: each answer is its connection's last.
    let handsOver = Atomic<Bool>(false)
    private let arrivals: AsyncStream<[Exchange]>.Continuation

    // The loop's own.
    var listener: ListeningSocket?
    var isAccepting = true
    var seats: [UInt64: Seat] = [:]
    var nextToken = EventLoop.firstConnectionToken
    var ready: [Exchange] = []
    var stopping: Stopping?
    let feed = HeadFeed()
    private var lastCheck = ContinuousClock.now
    /// Between two looks at the deadlines: they may be passed by this much.
    private let tick: Duration
    var lastTrim = ContinuousClock.now
    private static let tickWhileStopping: Duration = .milliseconds(50)
    static let trimTick: Duration = .milliseconds(10)

    /// A connection's place in the loop, with what was read of its next head.
    final class Seat {
        let connection: Connection
        var received = ByteBuffer()
        var scanner: HeadScanner
        /// When the head must be complete; nil for a kept connection that is idle.
        var headDeadline: ContinuousClock.Instant?

        init(connection: Connection, scanner: HeadScanner, headDeadline: ContinuousClock.Instant) {
            self.connection = connection
            self.scanner = scanner
            self.headDeadline = headDeadline
        }
    }

    /// The ends of a shutdown.
    struct Stopping {
        var cancelsAt: ContinuousClock.Instant
        /// Until when idle connections are closed one by one; nil: at once.
        var closesIdleBy: ContinuousClock.Instant?
        /// Set when the requests have been cancelled.
        var endsAt: ContinuousClock.Instant?
    }

    init(
        listener: ListeningSocket,
        context: ServerContext,
        arrivals: AsyncStream<[Exchange]>.Continuation
    ) throws(SystemError) {
        self.listener = listener
        self.context = context
        self.arrivals = arrivals
        let limits = context.configuration
        tick = max(.milliseconds(10), min(.seconds(1), limits.headTimeout / 2, limits.stallLimit / 2))
        epoll = try Epoll()
        wakeDescriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        guard wakeDescriptor >= 0 else { throw SystemError("eventfd") }
        try epoll.add(wakeDescriptor, token: Self.wakeToken, for: .readable)
        try epoll.add(listener.descriptor, token: Self.listenerToken, for: .readable)
    }

    deinit {
        Glibc.close(wakeDescriptor)
    }

    // MARK: From other threads

    func post(_ message: Message) {
        let wasEmpty = mail.withLock { mail in
            mail.append(message)
            return mail.count == 1
        }
        if wasEmpty { eventfd_write(wakeDescriptor, 1) }
    }

    /// Takes a connection back from its request; without `leftover` it is closed.
    func finished(_ connection: Connection, leftover: ByteBuffer?, counted: Bool) {
        if counted { activeRequests.subtract(1, ordering: .releasing) }
        guard let leftover else { return post(.close(connection.token)) }
        guard leftover.readableBytes == 0 else { return post(.resume(connection.token, leftover)) }
        guard connection.endServing() else { return post(.close(connection.token)) }
        if isDraining.load(ordering: .sequentiallyConsistent) { post(.closeIfIdle(connection.token)) }
    }

    // MARK: The loop

    /// Runs until it was told to stop and the last request has ended.
    func run() {
        while !hasEnded {
            for event in epoll.wait(atMost: patience) {
                switch event.token {
                case Self.listenerToken: acceptAll()
                case Self.wakeToken: readMail()
                default: handle(event)
                }
            }
            checkDeadlines(.now)
            if !ready.isEmpty {
                arrivals.yield(ready)
                ready.removeAll(keepingCapacity: true)
            }
        }
        // Only requests that ignored their cancellation are left; their peers need not wait for them.
        for seat in seats.values { shutdown(seat.connection.descriptor, Int32(SHUT_RDWR)) }
        arrivals.finish()
    }

    private var hasEnded: Bool {
        guard let stopping else { return false }
        return seats.isEmpty || stopping.endsAt.map { $0 <= .now } ?? false
    }

    /// How long to wait for events: for ever when nothing has a deadline.
    private var patience: Duration? {
        if let stopping { return stopping.closesIdleBy == nil ? Self.tickWhileStopping : Self.trimTick }
        return seats.isEmpty && isAccepting ? nil : tick
    }

    private func handle(_ event: Epoll.Event) {
        guard let seat = seats[event.token], !seat.connection.handle(event.seen) else { return }
        read(seat)
    }

    private func readMail() {
        var count: eventfd_t = 0
        eventfd_read(wakeDescriptor, &count)
        for message in mail.withLock({ mail in
            defer { mail = [] }
            return mail
        }) {
            switch message {
            case .close(let token):
                seats[token].map(close)
            case .resume(let token, let bytes):
                guard let seat = seats[token] else { continue }
                guard seat.connection.endServing() else {
                    close(seat)
                    continue
                }
                seat.received = bytes
                parse(seat)
            case .closeIfIdle(let token):
                if let seat = seats[token] { becameIdle(seat) }
            case .stop(let grace):
                isDraining.store(true, ordering: .sequentiallyConsistent)
                stop(grace: grace)
            }
        }
    }

    private func checkDeadlines(_ now: ContinuousClock.Instant) {
        trimIdle(now)
        cancelIfDue(now)
        guard now - lastCheck >= tick else { return }
        lastCheck = now
        for seat in Array(seats.values) {
            if seat.connection.isServing {
                seat.connection.expire(at: now)
            } else if let deadline = seat.headDeadline, deadline <= now {
                end(seat, seat.received.readableBytes == 0 ? nil : .headTimeout)
            }
        }
        if !isAccepting { resumeAccepting() }
    }

    /// Closes a connection that carries no request, with one line if the peer is at fault.
    func end(_ seat: Seat, _ fault: ProtocolFault?) {
        if let fault {
            context.logger.warning("FastCGI connection ended", metadata: ["reason": "\(fault)"])
        }
        close(seat)
    }

    func close(_ seat: Seat) {
        seat.connection.abandon()
        seats[seat.connection.token] = nil
        Glibc.close(seat.connection.descriptor)
        if !isAccepting { resumeAccepting() }
    }
}
