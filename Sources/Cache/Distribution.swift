import CMemcached
import Synchronization

/// Which of several servers a key belongs to: ketama, so that one more server moves few keys.
///
/// libmemcached's own, so that other clients of the same servers agree with it. It connects to none: each server
/// has a connection and a thread of its own, so that one that hangs keeps nobody from the others.
///
/// `@unchecked Sendable`: the handle is touched under the lock alone.
final class Distribution: @unchecked Sendable {
    private let handle: UnsafeMutablePointer<memcached_st>
    private let lock = Mutex(())

    /// - Returns: nil when libmemcached has no memory for a handle.
    init?(_ servers: [MemcachedServer]) {
        guard let handle = memcached_create(nil) else { return nil }
        self.handle = handle
        memcached_behavior_set(handle, MEMCACHED_BEHAVIOR_KETAMA_WEIGHTED, 1)
        for server in servers { server.add(to: handle) }
    }

    deinit {
        memcached_free(handle)
    }

    /// The server's place in the list.
    func server(of key: CacheKey) -> Int {
        lock.withLock { _ in Int(memcached_generate_hash(handle, key.text, CacheKey.length)) }
    }
}
