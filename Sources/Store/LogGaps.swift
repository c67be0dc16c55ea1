import GRDB

extension StoreReader {
    /// Whether a cursor was handed out by a log that was lost: it lies in the gap that a restored one left.
    package func isInGap(_ cursor: Int) throws -> Bool {
        try Bool.fetchOne(
            db,
            sql: """
                SELECT ?1 > last AND ?1 < next FROM log_gaps WHERE last < ?1 ORDER BY last DESC LIMIT 1
                """,
            arguments: [cursor]
        ) ?? false
    }
}

extension StoreWriter {
    /// Lets the log go on above `next`; the numbers in between tell cursors that were lost.
    package func continueLog(after last: Int, above next: Int) throws {
        try db.execute(sql: "UPDATE sqlite_sequence SET seq = ? WHERE name = 'events'", arguments: [next])
        if db.changesCount == 0 {
            try db.execute(sql: "INSERT INTO sqlite_sequence VALUES ('events', ?)", arguments: [next])
        }
        try db.execute(
            sql: "INSERT OR REPLACE INTO log_gaps (last, next) VALUES (?, ?)",
            arguments: [last, next]
        )
        try CacheKeys.renew(db)
    }
}
