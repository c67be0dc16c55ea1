// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
// Linked with libclamav, which is GPL-2.0 only; see docs/decisions/0060.

/// How much of the machine a file may cost, and how deep libclamav looks into it.
///
/// What is beyond a limit of libclamav's is refused, never passed: see ``Worker``.
enum Limits {
    // The official signatures take about 1 GB, a reload has them twice for a moment, and the rest is for files:
    // address space counts, of which each thread's allocator reserves 64 MB without using it.
    static let addressSpace: UInt = 6 << 30
    /// The largest temporary file: past `memberSize`, so that libclamav meets its own limit and says so.
    static let fileSize: UInt = UInt(memberSize + (64 << 20))
    /// Descriptors: signatures while they load, and a few temporary files per scan and level.
    static let openFiles: UInt = 512

    /// The largest file within a file.
    ///
    /// More than `scanSize`, since libclamav cuts a zip's member off here without
    /// a word: what is cut must be beyond `scanSize`, of which it does tell.
    static let memberSize = 256 << 20
    /// All that is unpacked out of one file: an honest office document is far below, a bomb is stopped.
    static let scanSize = 200 << 20
    /// Archives within archives: libclamav's own default; honest ones have three.
    static let depth = 17
    /// Files within one file: libclamav's own default, many times what an office document has.
    static let members = 10_000
    /// Stack of a thread: libclamav's own parsers recurse as deep as `depth` allows.
    static let stack = 8 << 20
    /// Between two self-tests: each costs a few milliseconds.
    static let betweenTests = Duration.seconds(60)
}
