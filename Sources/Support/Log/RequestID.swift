package import Logging

/// nginx's id of the request that all this is done for: the thread from its access log through our lines to what
/// the engine does afterwards.
package enum RequestID {
    /// Inherited by the tasks that a request starts.
    @TaskLocal package static var current: String?

    /// Longer ones are not nginx's.
    private static let longest = 64

    /// The id that nginx sent along, if it is one.
    package static func checked(_ id: String?) -> String? {
        guard let id, (1...longest).contains(id.utf8.count), id.utf8.allSatisfy(\.isToken) else { return nil }
        return id
    }

    /// Puts the current id into every line.
    package static let metadata = Logger.MetadataProvider {
        current.map { ["request": "\($0)"] } ?? [:]
    }
}
