import CMemcached
import Dispatch

/// memcached, which the local run starts and `/health` watches.
///
/// `@unchecked Sendable`: the handle is touched on `queue` alone, which is serial.
package final class DiscussionCache: @unchecked Sendable {
    /// How a server answers.
    package enum Reachability: Sendable, Hashable {
        case up
        case down(reason: String)
    }

    private let handle: UnsafeMutablePointer<memcached_st>
    /// libmemcached blocks, so it stays off the cooperative pool.
    private let queue = DispatchQueue(label: "parley.memcached")

    /// - Returns: nil when libmemcached has no memory for a handle.
    package init?(servers: [MemcachedServer]) {
        guard let handle = memcached_create(nil) else { return nil }
        self.handle = handle
        // Milliseconds and microseconds as libmemcached wants each; a hung server costs one of them.
        let behaviours: [(memcached_behavior_t, UInt64)] = [
            (MEMCACHED_BEHAVIOR_BINARY_PROTOCOL, 1),
            (MEMCACHED_BEHAVIOR_TCP_NODELAY, 1),
            (MEMCACHED_BEHAVIOR_NO_BLOCK, 1),
            (MEMCACHED_BEHAVIOR_CONNECT_TIMEOUT, 100),
            (MEMCACHED_BEHAVIOR_POLL_TIMEOUT, 50),
            (MEMCACHED_BEHAVIOR_RCV_TIMEOUT, 50_000),
            (MEMCACHED_BEHAVIOR_SND_TIMEOUT, 50_000),
            (MEMCACHED_BEHAVIOR_RETRY_TIMEOUT, 1),
            (MEMCACHED_BEHAVIOR_SERVER_FAILURE_LIMIT, 2),
        ]
        for (behaviour, value) in behaviours { memcached_behavior_set(handle, behaviour, value) }
        for server in servers {
            switch server {
            case .socket(let path): memcached_server_add_unix_socket(handle, path)
            case .network(let host, let port): memcached_server_add(handle, host, port)
            }
        }
    }

    deinit {
        memcached_free(handle)
    }

    /// Asks every server for its version.
    package func reachability() async -> Reachability {
        await withCheckedContinuation { continuation in
            queue.async { [self] in
                let result = memcached_version(handle)
                guard result != MEMCACHED_SUCCESS else {
                    continuation.resume(returning: .up)
                    return
                }
                let reason = memcached_strerror(handle, result).map { String(cString: $0) }
                continuation.resume(returning: .down(reason: reason ?? "no answer"))
            }
        }
    }
}
