package import Foundation
import Synchronization

/// The engine that was chosen at the start, with what is told of it.
///
/// It is never exchanged: while it fails, files are refused.
package final class ChosenScanner: FileScanner {
    /// Which, and why, for the log.
    package let choice: EngineChoice
    private let engine: (any ScanEngine)?
    private let now: @Sendable () -> Date
    private let counted = Mutex(ScanCounts())

    /// - Parameter engine: nil when scanning is switched off.
    package init(
        _ choice: EngineChoice,
        engine: (any ScanEngine)?,
        now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.choice = choice
        self.engine = engine
        self.now = now
    }

    /// Whether files are to be scanned; otherwise an operator has said that they pass unscanned.
    package var isOn: Bool { engine != nil }

    /// Whether it is not known yet if it can scan.
    package var isStarting: Bool { engine?.condition == .starting }

    /// When the signatures in force were made, where the engine tells.
    package var signaturesMade: Date? {
        guard case .ready(let signatures, _) = engine?.condition else { return nil }
        return signatures.made
    }

    package var counts: ScanCounts { counted.withLock(\.self) }

    package func scan(descriptor: Int32, size: Int) async throws(ScanFailure) -> ScanVerdict {
        guard let engine else { throw ScanFailure(message: "scanning is switched off") }
        let start = ContinuousClock.now
        do {
            let verdict = try await engine.scan(descriptor: descriptor, size: size)
            count(since: start) { counts in
                switch verdict {
                case .clean: counts.clean += 1
                case .infected: counts.infected += 1
                case .refused: counts.refused += 1
                }
            }
            return verdict
        } catch {
            count(since: start) { $0.failed += 1 }
            throw error
        }
    }

    private func count(since start: ContinuousClock.Instant, _ change: (inout ScanCounts) -> Void) {
        let seconds = start.duration(to: .now) / .seconds(1)
        counted.withLock { counts in
            change(&counts)
            counts.seconds += seconds
        }
    }

    package var report: ScannerReport {
        guard let engine else {
            return ScannerReport(
                status: .degraded,
                detail: "switched off (ENABLE_VIRUS_SCAN=false): files reach the models unscanned"
            )
        }
        return ScannerReport(engine.condition, of: engine.name, at: now())
    }

    /// Looks after the engine's condition until the task is cancelled.
    package func watch() async { await engine?.watch() }

    package func close() async { await engine?.close() }
}
