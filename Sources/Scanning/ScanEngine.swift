package import Foundation

/// What does the scanning: libclamav in a process of ours, or somebody's clamd.
package protocol ScanEngine: FileScanner {
    /// As it is called in the settings.
    var name: String { get }
    var condition: EngineCondition { get }
    /// Looks after the condition until the task is cancelled.
    func watch() async
    /// Ends what it has started; scans that are still waiting fail.
    func close() async
}

/// Whether an engine can scan.
package enum EngineCondition: Sendable, Equatable {
    case starting
    /// - Parameter trouble: what an operator should mend although it scans.
    case ready(SignatureSet, trouble: String? = nil)
    case unavailable(reason: String)
}

/// The signatures in force.
package struct SignatureSet: Sendable, Equatable {
    /// The number of the daily set; nil: not the official ones.
    package let version: Int?
    /// When they were made; nil: the engine does not tell.
    package let made: Date?
    /// nil: the engine does not tell.
    package let count: Int?

    package init(version: Int?, made: Date?, count: Int?) {
        self.version = version
        self.made = made
        self.count = count
    }
}
