import Glibc
import Support

/// The limit on open files, against what was promised to those who wait.
enum OpenFiles {
    /// Requests beside the polls: pages, commands, and polls that are being turned away.
    static let otherRequests = 1_000
    /// Idle connections that nginx may keep while all polls are taken, and those that are told 503.
    static let spareConnections = 2 * 1_024 + 512
    /// The database and its log, memcached, the providers' connections, log and sockets.
    private static let own = 256

    /// Raises this process's limit to the most that it may have: the usual 1,024 is soon reached.
    ///
    /// - Throws: `InvalidSetting` when that cannot hold `polls`.
    static func raise(for polls: Int) throws {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        let most = Int(clamping: limit.rlim_max) - otherRequests - spareConnections - own
        guard polls <= most else {
            throw InvalidSetting(
                name: "POLLS_TOTAL",
                fault: "\(polls) polls need more open files than this process may have (\(limit.rlim_max))",
                allowed: most > 0
                    ? "1 to \(most), or raise the limit (LimitNOFILE=, ulimit -Hn)"
                    : "none before the limit is raised (LimitNOFILE=, ulimit -Hn)"
            )
        }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
