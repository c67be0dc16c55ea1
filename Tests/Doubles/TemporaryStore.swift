package import Foundation
package import Store

/// Hands `body` a path for a database in a directory of its own, and removes the directory afterwards.
@discardableResult
package func withDatabasePath<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let directory = FileManager.default.temporaryDirectory.appending(path: "parley-test-\(UUID())")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(at: directory) }
    return try await body(directory.appending(path: "parley.sqlite").path)
}

/// Hands `body` an empty store, which is closed and gone afterwards.
@discardableResult
package func withStore<Result>(
    now: @escaping @Sendable () -> Date = { Date() },
    _ body: (Store) async throws -> Result
) async throws -> Result {
    try await withDatabasePath { path in
        let store = try Store(path: path, now: now)
        let result: Result
        do {
            result = try await body(store)
        } catch {
            try? store.close()
            throw error
        }
        try store.close()
        return result
    }
}
