import Foundation
import Support

/// A program that the text of PDFs is read with is not there, or cannot run: no file's fault.
struct ToolMissing: LoggedError, CustomStringConvertible {
    let description: String
}

/// The programs that the text of PDFs is read with.
enum ReadingTools {
    /// Of util-linux and poppler-utils.
    private static let names = ["setpriv", "prlimit", "pdfinfo", "pdftotext"]
    /// Where they may lie; nothing of our own environment has a part in it.
    static let folders = ["/usr/bin", "/bin"]

    /// - Throws: ``ToolMissing``.
    static func path(of name: String, in folders: [String] = folders) throws -> String {
        let paths = folders.map { "\($0)/\(name)" }
        guard let path = paths.first(where: { access($0, X_OK) == 0 }) else {
            throw ToolMissing(description: "\(name) is not in \(folders.joined(separator: " or "))")
        }
        return path
    }

    /// Those that are missing.
    static func missing(in folders: [String] = folders) -> [String] {
        names.filter { (try? path(of: $0, in: folders)) == nil }
    }
}
