import Engine
import Foundation
import Logging
import ServiceLifecycle
import Store
import Support
import Uploads

/// Sweeps away what crashes have left of files, every hour.
struct UploadService: Service {
    private static let interval = Duration.seconds(3_600)

    let uploads: Uploads
    let store: Store

    func run() async throws {
        let sweeping = Task {
            while true {
                try await Task.sleep(for: Self.interval)
                await uploads.sweep(store)
            }
        }
        try? await gracefulShutdown()
        sweeping.cancel()
    }
}

extension UploadLimits {
    init(_ settings: UploadSettings) {
        self.init()
        file = settings.maxFileBytes
        files = settings.maxFiles
        request = settings.maxUploadBytes
        // As the engine counts tokens.
        keptText = settings.fileTokenLimit * 3
    }
}
