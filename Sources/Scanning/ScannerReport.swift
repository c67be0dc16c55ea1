package import Foundation

/// How the scanner is, for operators.
package struct ScannerReport: Sendable, Equatable {
    package enum Status: Sendable {
        case ok, degraded, down
    }

    /// New malware is found by new signatures: those of a working updater are a day old.
    package static let oldAge = TimeInterval(7 * 24 * 3_600)
    /// The official set has millions; fewer than this are for tests, or somebody's own few.
    package static let fewSignatures = 1_000

    package let status: Status
    package let detail: String

    package init(status: Status, detail: String) {
        self.status = status
        self.detail = detail
    }

    init(_ condition: EngineCondition, of engine: String, at now: Date) {
        switch condition {
        case .starting:
            self.init(status: .degraded, detail: "\(engine) is starting; files wait for it")
        case .unavailable(let reason):
            self.init(status: .down, detail: "\(engine): \(reason); no file is accepted")
        case .ready(let signatures, let trouble):
            let faults = [trouble, Self.fault(signatures, at: now)].compactMap(\.self)
            self.init(
                status: faults.isEmpty ? .ok : .degraded,
                detail: (["\(engine) with \(signatures.words)"] + faults).joined(separator: "; ")
            )
        }
    }

    private static func fault(_ signatures: SignatureSet, at now: Date) -> String? {
        if let count = signatures.count, count < fewSignatures {
            return "that is a test, no protection: real signatures come by freshclam"
        }
        guard let made = signatures.made, now.timeIntervalSince(made) > oldAge else { return nil }
        let days = Int(now.timeIntervalSince(made) / (24 * 3_600))
        return "they are \(days) days old: is freshclam running?"
    }
}

extension SignatureSet {
    var words: String {
        let number = count.map { $0 == 1 ? "1 signature" : "\($0) signatures" } ?? "signatures"
        let day = made.map { " of \($0.formatted(.iso8601.year().month().day()))" } ?? " of unknown age"
        return number + (version.map { ", version \($0)" } ?? "") + day
    }
}
