package import Hummingbird
package import Logging
internal import ServiceLifecycle

/// Answers a request; throws only what it could not turn into a response itself.
///
/// The task is cancelled when the web server closes the connection, and at the end of a shutdown's grace.
package typealias Respond = @Sendable (Request, FastCGIParameters) async throws -> Response

/// A FastCGI responder: libfcgi under Hummingbird's types, driven by one epoll loop.
///
/// Decisions: docs of ``FastCGIConfiguration`` for each limit. What the peer sends beyond or below
/// CONTENT_LENGTH is a ``RequestBodyError`` to whoever reads the body; a CONTENT_LENGTH that is no number, a
/// missing method or path is 400; a record that does not belong where it stands ends the connection with one
/// line in the log. A peer that shuts down its sending side counts as gone, as nginx never does that.
package struct FastCGIServer: Service {
    private let configuration: FastCGIConfiguration
    private let logger: Logger
    private let onListening: @Sendable () -> Void
    private let respond: Respond

    /// Also initialises libfcgi, so that its signal handlers are gone before a service group installs its own.
    ///
    /// - Parameter onListening: called once, when connections are accepted.
    package init(
        configuration: FastCGIConfiguration,
        logger: Logger,
        onListening: @escaping @Sendable () -> Void = {},
        respond: @escaping Respond
    ) {
        self.configuration = configuration
        self.logger = logger
        self.onListening = onListening
        self.respond = respond
        precondition(LibFCGI.isInitialised, "FCGX_Init cannot fail: it sets variables and signal handlers")
    }

    /// Serves until the graceful shutdown has drained, or the task is cancelled.
    ///
    /// Request tasks inherit task-local values, so they can watch for the graceful shutdown themselves.
    /// Throws ``ListeningSocketError``, or what epoll reports.
    package func run() async throws {
        let listener = try ListeningSocket.open(configuration)
        let ioThreads = IOThreads(count: configuration.ioThreads)
        let loopThread = IOThreads(count: 1)
        let (arrivals, continuation) = AsyncStream.makeStream(of: [Exchange].self)
        let loop = try EventLoop(
            listener: listener,
            context: ServerContext(
                configuration: configuration,
                logger: logger,
                threads: ioThreads,
                lateWrites: LateWrites(threads: ioThreads, count: configuration.ioThreads),
                respond: respond
            ),
            arrivals: continuation
        )
        ioThreads.start()
        loopThread.start()
        loopThread.occupy { loop.run() }
        onListening()

        // A task of its own: an AsyncStream ends its loop at once when the task that iterates is cancelled,
        // and requests that the loop still hands over would never run.
        let starter = Task {
            for await batch in arrivals {
                for exchange in batch { exchange.start() }
            }
        }
        await withTaskCancellationHandler {
            await withGracefulShutdownHandler {
                await starter.value
            } onGracefulShutdown: {
                loop.post(.stop(grace: configuration.shutdownGrace))
            }
        } onCancel: {
            loop.post(.stop(grace: .zero))
        }
        await loopThread.stop()
        await ioThreads.stop()
    }
}
