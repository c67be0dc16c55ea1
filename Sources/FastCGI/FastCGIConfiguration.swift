/// Where the responder listens, and its limits.
package struct FastCGIConfiguration: Sendable {
    /// The unix socket to make when none is passed down (fd 0, LISTEN_FDS).
    package var socketPath: String

    /// The file mode of that socket: by default the owner's and the group's, nginx being in the group.
    package var socketMode: UInt32 = 0o660

    /// A listening socket that whoever makes the server holds already; nil: one is looked for, or made.
    package var givenSocket: Int32?

    /// Take a listening socket from LISTEN_FDS or fd 0 if there is one.
    package var acceptsInheritedSocket = true

    /// Requests served at the same time; one more is answered 503 with `Retry-After: 1`.
    ///
    /// An answer, not a wait in the backlog: nginx keeps its connections, so refusing to accept would leave
    /// requests unread on connections that are already open, silent until nginx's own timeout. The default
    /// holds 10,000 polls and a reserve; each parked request costs a descriptor and about 25 KB.
    package var maxConcurrentRequests = 12_000

    /// Connections open beyond the requests served; past it new ones wait in the backlog.
    ///
    /// Room for nginx's idle kept connections and for those that are being told 503.
    package var spareConnections = 512

    /// Threads that write to nginx and read bodies; one more runs the event loop.
    ///
    /// Two keep two cores busy: a thread is never held by a slow peer.
    package var ioThreads = 2

    /// Time from a request's first byte, or a new connection's start, to the end of its parameters.
    ///
    /// nginx sends them in one piece; a peer that does not holds a descriptor, never a thread.
    package var headTimeout: Duration = .seconds(5)

    /// Time in which a peer may neither take a byte of a response nor give one of a body that is waited for.
    package var stallLimit: Duration = .seconds(60)

    /// Bytes of a request's parameters; nginx's own limit on headers (32 KB by default) lies far below.
    package var maxHeadLength = 256 * 1024

    /// Time that running requests get to finish when the server is told to stop; then they are cancelled.
    package var shutdownGrace: Duration = .seconds(20)

    /// Time in which kept connections without a request are closed, on a socket that others listen on too.
    ///
    /// nginx uses the newest of its kept connections first: within this, those are no longer ours.
    package var idleLinger: Duration = .seconds(1)

    /// Time that cancelled requests get to end before the server returns without them.
    package var cancellationGrace: Duration = .seconds(5)

    package init(socketPath: String) {
        self.socketPath = socketPath
    }

    /// Connections open at the same time.
    var maxConnections: Int { maxConcurrentRequests + spareConnections }
}
