import CMemcached

/// A connection to one server by libmemcached, which blocks; for one thread at a time.
struct Memcached {
    /// Why the server did not do what it was asked.
    struct Failure: Error {
        let reason: String
        let isTimeout: Bool
    }

    private let handle: UnsafeMutablePointer<memcached_st>

    /// Connects with the first question.
    init(_ server: MemcachedServer, _ limits: CacheLimits) throws(Failure) {
        guard let handle = memcached_create(nil) else {
            throw Failure(reason: "no memory for a connection", isTimeout: false)
        }
        self.handle = handle
        // Milliseconds and microseconds, as libmemcached wants each.
        let answer = UInt64(limits.answerMilliseconds)
        let behaviours: [(memcached_behavior_t, UInt64)] = [
            (MEMCACHED_BEHAVIOR_BINARY_PROTOCOL, 1),
            (MEMCACHED_BEHAVIOR_TCP_NODELAY, 1),
            (MEMCACHED_BEHAVIOR_NO_BLOCK, 1),
            (MEMCACHED_BEHAVIOR_CONNECT_TIMEOUT, UInt64(limits.connectMilliseconds)),
            (MEMCACHED_BEHAVIOR_POLL_TIMEOUT, answer),
            (MEMCACHED_BEHAVIOR_RCV_TIMEOUT, answer * 1_000),
            (MEMCACHED_BEHAVIOR_SND_TIMEOUT, answer * 1_000),
        ]
        for (behaviour, value) in behaviours { memcached_behavior_set(handle, behaviour, value) }
        server.add(to: handle)
    }

    /// Ends the connection; what is still under way on it can never be taken for an answer to something else.
    func close() { memcached_free(handle) }

    /// The values that are there.
    func get(_ keys: [CacheKey]) throws(Failure) -> [CacheKey: [UInt8]] {
        guard !keys.isEmpty else { return [:] }
        let texts = keys.map { Array($0.text.utf8CString) }
        let lengths = texts.map { $0.count - 1 }
        let asked = texts.withPointers { pointers in
            memcached_mget(handle, pointers, lengths, pointers.count)
        }
        try check(asked)
        var values: [CacheKey: [UInt8]] = [:]
        var code = MEMCACHED_SUCCESS
        // The connection's own room for results: it would free any other with the last answer.
        while let result = memcached_fetch_result(handle, nil, &code) {
            let name = UnsafeRawBufferPointer(
                start: memcached_result_key_value(result),
                count: memcached_result_key_length(result)
            )
            let value = UnsafeRawBufferPointer(
                start: memcached_result_value(result),
                count: memcached_result_length(result)
            )
            guard let key = CacheKey(text: String(decoding: name, as: UTF8.self)) else { continue }
            values[key] = Array(value)
        }
        try check(code)
        return values
    }

    /// - Returns: false for what the server does not take: it may be set to smaller values, or have no room.
    func set(_ key: CacheKey, _ value: [UInt8], seconds: Int) throws(Failure) -> Bool {
        let code = value.withUnsafeBytes { bytes in
            memcached_set(
                handle,
                key.text,
                CacheKey.length,
                bytes.bindMemory(to: CChar.self).baseAddress,
                bytes.count,
                seconds,
                0
            )
        }
        switch code {
        case MEMCACHED_E2BIG, MEMCACHED_SERVER_MEMORY_ALLOCATION_FAILURE, MEMCACHED_NOTSTORED: return false
        default: try check(code)
        }
        return true
    }

    func remove(_ key: CacheKey) throws(Failure) {
        try check(memcached_delete(handle, key.text, CacheKey.length, 0))
    }

    /// Asks for a value that nobody has set.
    func probe() throws(Failure) { _ = try get([CacheKey("probe")]) }

    private func check(_ code: memcached_return_t) throws(Failure) {
        switch code {
        case MEMCACHED_SUCCESS, MEMCACHED_END, MEMCACHED_NOTFOUND, MEMCACHED_STORED, MEMCACHED_DELETED,
            MEMCACHED_BUFFERED:
            return
        default:
            let reason = memcached_strerror(handle, code).map { String(cString: $0) }
            throw Failure(reason: reason ?? "no answer", isTimeout: code == MEMCACHED_TIMEOUT)
        }
    }
}

extension MemcachedServer {
    func add(to handle: UnsafeMutablePointer<memcached_st>) {
        switch self {
        case .socket(let path): memcached_server_add_unix_socket(handle, path)
        case .network(let host, let port): memcached_server_add(handle, host, port)
        }
    }
}

extension [[CChar]] {
    /// Pointers to all of them at once, while `body` runs.
    fileprivate func withPointers<Result>(_ body: ([UnsafePointer<CChar>?]) -> Result) -> Result {
        let lengths = map(\.count)
        let all = flatMap { $0 }
        return all.withUnsafeBufferPointer { buffer in
            var at = 0
            let pointers = lengths.map { length in
                defer { at += length }
                return buffer.baseAddress.map { $0 + at }
            }
            return body(pointers)
        }
    }
}
