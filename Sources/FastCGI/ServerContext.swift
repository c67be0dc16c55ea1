internal import Logging

/// What every request of a server shares.
struct ServerContext: Sendable {
    var configuration: FastCGIConfiguration
    var logger: Logger
    var threads: IOThreads
    var lateWrites: LateWrites
    var respond: Respond
}
