import Foundation
import Synchronization

/// A clamd that somebody else runs, over TCP or a unix socket.
package final class Clamd: ScanEngine {
    package struct Limits: Sendable {
        /// Files that are sent at once: clamd itself has 10 threads for all who ask it.
        package var connections = 4
        package var connect = Duration.seconds(5)
        /// For taking the next bytes of a file.
        package var step = Duration.seconds(10)
        /// For its verdict, once it has all.
        package var answer = Duration.seconds(45)
        /// For a turn: with `answer` within the 120 s that a page waits for a command with files.
        package var turn = Duration.seconds(60)
        /// Files that wait for a turn.
        package var queue = 200
        /// For the answer to PING and VERSION.
        package var probe = Duration.seconds(5)
        /// Between two looks whether it is there.
        package var look = Duration.seconds(15)

        package init() {}
    }

    package let name = "clamd"
    private let address: ClamdAddress
    private let limits: Limits
    private let note: @Sendable (String) -> Void
    private let current = Mutex(EngineCondition.starting)
    /// Threads of its own: every step waits for the network.
    private let senders: WaitingThreads
    private let probes = WaitingThreads(1, named: "clamd-probe")

    package init(
        at address: ClamdAddress,
        limits: Limits = .init(),
        note: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.address = address
        self.limits = limits
        self.note = note
        senders = WaitingThreads(limits.connections, named: "clamd")
    }

    package var condition: EngineCondition { current.withLock(\.self) }

    package func close() async {}

    package func scan(descriptor: Int32, size: Int) async throws(ScanFailure) -> ScanVerdict {
        guard senders.count < limits.queue else {
            throw ScanFailure(message: "\(limits.queue) files wait already")
        }
        let turn = ContinuousClock.now + limits.turn
        do {
            return try await senders.run { () throws(ScanFailure) -> ScanVerdict in
                guard ContinuousClock.now < turn else {
                    throw ScanFailure(message: "no turn within \(self.limits.turn)")
                }
                try self.assureLimits()
                return try self.send(descriptor, size: size)
            }
        } catch {
            // The file's fault, or clamd's? Who waits for a verdict does not wait for that.
            if probes.count == 0 { Task { await look() } }
            throw error
        }
    }

    /// Lets nothing be sent to a clamd that is not known to refuse what it does not look through.
    private func assureLimits() throws(ScanFailure) {
        if case .ready = condition { return }
        settle(try probed())
    }

    private func send(_ descriptor: Int32, size: Int) throws(ScanFailure) -> ScanVerdict {
        var sent = 0
        return try stream { space throws(ScanFailure) in
            let count = pread(descriptor, space.baseAddress, min(space.count, size - sent), off_t(sent))
            guard count > 0 || sent == size else {
                throw ScanFailure(message: "the file cannot be read to its end")
            }
            sent += count
            return count
        }
    }

    /// Sends a stream in chunks, each after its length, and an empty one for the end.
    private func stream(
        _ fill: (UnsafeMutableRawBufferPointer) throws(ScanFailure) -> Int
    ) throws(ScanFailure) -> ScanVerdict {
        let connection = try ClamdConnection(to: address, within: limits.connect)
        var isWhole = try connection.send(Array("zINSTREAM\0".utf8), step: limits.step)
        let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 4 + 65_536, alignment: 8)
        defer { chunk.deallocate() }
        while isWhole {
            let count = try fill(UnsafeMutableRawBufferPointer(rebasing: chunk[4...]))
            chunk.storeBytes(of: UInt32(count).bigEndian, as: UInt32.self)
            isWhole = try connection.send(
                UnsafeRawBufferPointer(rebasing: chunk[..<(4 + count)]),
                step: limits.step
            )
            if count == 0 { break }
        }
        return try ClamdReply.verdict(try connection.reply(within: limits.answer), isWhole: isWhole)
    }

    // MARK: - Whether it is there

    package func watch() async {
        while !Task.isCancelled {
            await look()
            try? await Task.sleep(for: limits.look)
        }
    }

    /// Asks it how it is.
    package func look() async {
        do {
            settle(try await probes.run { () throws(ScanFailure) in try self.probed() })
        } catch {
            settle(.unavailable(reason: error.message))
        }
    }

    func settle(_ condition: EngineCondition) {
        let old = current.withLock { current in
            defer { current = condition }
            return current
        }
        guard old != condition else { return }
        switch condition {
        case .starting: break
        case .ready(let signatures, let trouble):
            note("clamd at \(address) scans with \(signatures.words)\(trouble.map { "; \($0)" } ?? "")")
        case .unavailable(let reason): note(reason)
        }
    }

    private func probed() throws(ScanFailure) -> EngineCondition {
        let ping = try ask("PING")
        guard ping == "PONG" else {
            throw ScanFailure(message: "clamd answered PING with \(ping.debugDescription)")
        }
        let signatures = try ClamdReply.signatures(try ask("VERSION"))
        guard !(try letsDeepFilesPass()) else { throw ScanFailure(message: Self.letsPass) }
        return .ready(signatures)
    }

    private func ask(_ command: String) throws(ScanFailure) -> String {
        let connection = try ClamdConnection(to: address, within: limits.connect)
        _ = try connection.send(Array("z\(command)\0".utf8), step: limits.step)
        return try connection.reply(within: limits.probe)
    }

    private static let letsPass =
        "it finds files clean that it did not look through; set AlertExceedsMax yes, MaxScanSize 200M and "
        + "MaxFileSize 256M in clamd.conf"

    /// Whether it finds clean what is deeper than it looks.
    private func letsDeepFilesPass() throws(ScanFailure) -> Bool {
        var rest = NestedArchive.deep[...]
        let verdict = try stream { space throws(ScanFailure) in
            let part = rest.prefix(space.count)
            space.copyBytes(from: part)
            rest = rest.dropFirst(part.count)
            return part.count
        }
        return verdict == .clean
    }
}
