import Synchronization

/// What a store's trace has told.
package final class Statements: Sendable {
    private let statements = Mutex<[String]>([])

    package init() {}

    package var list: [String] { statements.withLock { $0 } }

    package func add(_ statement: String) { statements.withLock { $0.append(statement) } }

    package func clear() { statements.withLock { $0 = [] } }
}
