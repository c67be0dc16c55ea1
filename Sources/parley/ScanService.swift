import Foundation
import Logging
import Scanning
import ServiceLifecycle
import Support

/// Looks after the scanner, and ends it when the process is told to stop.
struct ScanService: Service {
    let scanner: ChosenScanner

    func run() async throws {
        let watching = Task { await scanner.watch() }
        try? await gracefulShutdown()
        watching.cancel()
        await scanner.close()
    }
}

extension Settings {
    /// The scanner that these settings choose, started.
    ///
    /// - Throws: `ScanFailure` when it has no place for its temporary files.
    func scanner(logger: Logger, temporary: String? = nil) throws -> ChosenScanner {
        var wish = EngineChoice.Wish()
        wish.isEnabled = scanning.isEnabled
        wish.engine =
            switch scanning.engine {
            case .auto: .auto
            case .libclamav: .libclamav
            case .clamd: .clamd
            }
        wish.host = scanning.host
        wish.port = scanning.port
        wish.socket = scanning.socket
        wish.directory = scanning.databaseDirectory

        let choice = EngineChoice(wish)
        let note: @Sendable (String) -> Void = { logger.notice("scanner", metadata: ["said": "\($0)"]) }
        switch choice {
        case .off:
            logger.warning("\(choice.words)")
            return ChosenScanner(choice, engine: nil)
        case .libclamav(let directory, _):
            logger.notice("\(choice.words)")
            let engine = try ScanProcess(
                program: ScanProcess.programBesideThisOne,
                database: directory,
                // Not below `tmp`, which the uploads sweep.
                temporary: temporary ?? dataDirectory + "/scan",
                note: note
            )
            return ChosenScanner(choice, engine: engine)
        case .clamd(let address, _):
            logger.notice("\(choice.words)")
            return ChosenScanner(choice, engine: Clamd(at: address, note: note))
        }
    }
}
