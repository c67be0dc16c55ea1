// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
// Linked with libclamav, which is GPL-2.0 only; see docs/decisions/0060.

import CClamAV
import Glibc
import Synchronization

/// The signatures in force: a new set is built beside the old one, and takes its place only when it is whole.
final class Signatures: Sendable {
    /// One engine, with what the responder shows of it.
    struct Loaded: @unchecked Sendable {
        let engine: OpaquePointer
        let version: Int
        /// Seconds since 1970, when the signatures were made.
        let time: Int
        let count: Int
    }

    /// Why a set cannot be used.
    struct Fault: Error {
        let reason: String
    }

    private let database: String
    private let temporary: String
    private let scanMilliseconds: Int
    private let current = Mutex<Loaded?>(nil)

    init(_ arguments: Arguments) {
        database = arguments.database
        temporary = arguments.temporary
        scanMilliseconds = arguments.scanMilliseconds
    }

    /// Starts libclamav itself; once, before anything else of it.
    static func isLibraryReady() -> Bool {
        Complaints.listen()
        return cl_init(UInt32(CL_INIT_DEFAULT)) == CL_SUCCESS
    }

    /// Runs `body` with the present engine, which lives as long as that, whatever takes its place meanwhile.
    func withEngine<Result>(_ body: (OpaquePointer) -> Result) -> Result? {
        let borrowed = current.withLock { loaded -> Loaded? in
            guard let loaded, cl_engine_addref(loaded.engine) == CL_SUCCESS else { return nil }
            return loaded
        }
        guard let borrowed else { return nil }
        defer { cl_engine_free(borrowed.engine) }
        return body(borrowed.engine)
    }

    /// Loads what the directory holds now; on failure what was in force stays.
    func load() throws(Fault) -> Loaded {
        let new = try built()
        let old = current.withLock { loaded in
            defer { loaded = new }
            return loaded
        }
        if let old { cl_engine_free(old.engine) }
        return new
    }

    private func built() throws(Fault) -> Loaded {
        guard let engine = cl_engine_new() else { throw Fault(reason: "no memory for an engine") }
        var isWhole = false
        defer { if !isWhole { cl_engine_free(engine) } }

        try set(engine, CL_ENGINE_MAX_SCANSIZE, Limits.scanSize)
        try set(engine, CL_ENGINE_MAX_FILESIZE, Limits.memberSize)
        try set(engine, CL_ENGINE_MAX_RECURSION, Limits.depth)
        try set(engine, CL_ENGINE_MAX_FILES, Limits.members)
        try set(engine, CL_ENGINE_MAX_SCANTIME, scanMilliseconds)
        try check(cl_engine_set_str(engine, CL_ENGINE_TMPDIR, temporary))

        // CL_DB_STDOPT, whose definition Swift does not import.
        let options = UInt32(CL_DB_PHISHING | CL_DB_PHISHING_URLS | CL_DB_BYTECODE)
        var count: UInt32 = 0
        try check(cl_load(database, engine, &count, options))
        // A directory of files that hold none loads well, and then finds nothing.
        guard count > 0 else { throw Fault(reason: "no signatures in \(database)") }
        try check(cl_engine_compile(engine))
        isWhole = true

        let version = Int(cl_engine_get_num(engine, CL_ENGINE_DB_VERSION, nil))
        let made = Int(cl_engine_get_num(engine, CL_ENGINE_DB_TIME, nil))
        return Loaded(
            engine: engine,
            version: max(0, version),
            // Only the official daily set tells when it was made.
            time: made > 0 ? made : DatabaseDirectory(database).newest,
            count: Int(count)
        )
    }

    private func set(_ engine: OpaquePointer, _ field: cl_engine_field, _ value: Int) throws(Fault) {
        try check(cl_engine_set_num(engine, field, Int64(value)))
    }

    private func check(_ code: cl_error_t) throws(Fault) {
        guard code != CL_SUCCESS else { return }
        // libclamav's own word for an empty directory is that it cannot open it.
        guard code != CL_EOPEN else { throw Fault(reason: "no signatures in \(database)") }
        throw Fault(
            reason: "the signatures in \(database) cannot be loaded: \(String(cString: cl_strerror(code)))"
        )
    }
}
