import Foundation
import Glibc
import Store
import Support

extension Check {
    /// The log is folded into the database at 4 MB; far beyond that a reader has been open for long, or the disk
    /// is too slow.
    private static let muchLog = 256 << 20

    static func database(_ settings: Settings) async -> Finding {
        let name = "database"
        let path = settings.databasePath
        guard FileManager.default.fileExists(atPath: path) else {
            return .warn(name, "\(path) is not there yet", "`parley serve` makes it")
        }
        guard access(path, R_OK | W_OK) == 0 else {
            return .fail(name, "\(path) cannot be written", "give it to the server's user")
        }
        do {
            let look = try await DatabaseFile.look(path)
            let words =
                "\(path) is whole, \(look.bytes >> 10) KB, log \(look.logBytes >> 10) KB, schema \(look.schema)"
            if look.isNewer {
                return .fail(
                    name,
                    "\(path) was made by a newer Parley",
                    "install that one, or restore a backup"
                )
            }
            if look.logBytes > muchLog {
                return .warn(
                    name,
                    words,
                    "restart the server: something has kept its log from being folded in"
                )
            }
            return .ok(name, words)
        } catch {
            let words =
                (error as? DatabaseFile.Damaged)?.description ?? DatabaseFile.words(error) ?? "it failed"
            return .fail(
                name,
                "\(path) is damaged: \(words)",
                "stop the server and run `parley restore` with the newest backup (docs/BACKUPS.md)"
            )
        }
    }
}
