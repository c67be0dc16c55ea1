// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
// Linked with libclamav, which is GPL-2.0 only; see docs/decisions/0060.

/// What the responder asks for on the command line.
struct Arguments {
    let database: String
    let temporary: String
    let workers: Int
    /// Between two looks at the signatures' directory.
    let lookMilliseconds: Int32
    let scanMilliseconds: Int

    /// - Returns: nil when a word is missing or wrong; nobody types this command.
    init?(_ words: [String]) {
        guard words.count == 6,
            let workers = Int(words[3]), (1...64).contains(workers),
            let look = Int32(words[4]), look > 0,
            let scan = Int(words[5]), scan > 0
        else { return nil }
        database = words[1]
        temporary = words[2]
        self.workers = workers
        lookMilliseconds = look
        scanMilliseconds = scan
    }
}
