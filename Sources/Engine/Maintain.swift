import Domain
package import Foundation
import Logging
import Store

extension Engine {
    /// A lease lasts 10 s; it survives two renewals that came late.
    private static let renewal = Duration.seconds(3)
    /// A deleted discussion can be restored for this long.
    package static let restoreTime: TimeInterval = 30 * 24 * 3600
    /// How many renewals lie between two looks for discussions to erase: an hour.
    private static let renewalsPerSweep = 1_200
    /// Erased in one transaction, so that nobody waits long for the writer.
    private static let erasedAtOnce = 20

    /// Renews the leases, takes orphans up and erases what was deleted long ago, until cancelled.
    package func maintain() async {
        var round = 0
        while !Task.isCancelled {
            do {
                let name = holder.name
                try await store.write { writer in try writer.renewLeases(of: name) }
                try await resumeOrphans()
                if round % Self.renewalsPerSweep == 0 { try await eraseDeleted() }
            } catch is CancellationError {
                return
            } catch {
                logger.error("maintenance failed", error: error)
            }
            round += 1
            try? await Task.sleep(for: Self.renewal)
        }
    }

    /// Erases discussions that were deleted longer ago than they can be restored.
    package func eraseDeleted() async throws {
        let before = now().addingTimeInterval(-Self.restoreTime)
        while true {
            let erased = try await store.write { [willErase] writer in
                let erased = try writer.eraseDiscussions(deletedBefore: before, limit: Self.erasedAtOnce)
                try willErase(erased.discussions)
                return erased
            }
            guard !erased.discussions.isEmpty else { return }
            files?.remove(erased.files)
            await didErase(erased.discussions)
            logger.info(
                "erased deleted discussions",
                metadata: ["count": "\(erased.discussions.count)", "files": "\(erased.files.count)"]
            )
        }
    }
}
