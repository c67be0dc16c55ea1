import Scanning

/// An engine that is as a test says, and fails every file.
struct ScriptedEngine: ScanEngine {
    let name = "scripted"
    let condition: EngineCondition

    func scan(descriptor: Int32, size: Int) async throws(ScanFailure) -> ScanVerdict {
        throw ScanFailure(message: "scripted")
    }

    func watch() async {}

    func close() async {}
}
