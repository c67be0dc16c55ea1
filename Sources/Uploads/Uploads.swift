package import Domain
import Foundation
package import Logging
package import NIOCore
package import Scanning
package import Store
import Synchronization

/// Takes files in: received, scanned, typed, read, and put in their place, in this order.
package final class Uploads: Sendable {
    /// Who looks into files before anything else does.
    package enum Scan: Sendable {
        case by(any FileScanner)
        /// The operator has switched scanning off: files are marked as unscanned.
        case off
    }

    package let limits: UploadLimits
    /// Where files lie once they are taken.
    package let directory: FilesDirectory
    private let scan: Scan
    private let workspace: Workspace
    /// Enough to keep a disk busy.
    private let disk = Threads(4)
    /// Each reader of a PDF keeps a processor busy; the others wait in order.
    private let readers = Threads(2)
    /// How many uploads are being received.
    private let receptions = Mutex(0)
    private let logger: Logger

    /// Makes the directories; what other processes have left stays until ``sweep(_:)``.
    ///
    /// - Throws: what the system says.
    package init(dataDirectory: String, limits: UploadLimits, scan: Scan, logger: Logger) throws {
        let root = URL(filePath: dataDirectory).path
        directory = FilesDirectory(path: "\(root)/files")
        for (path, mode) in [("\(root)/tmp", 0o700), (directory.path, 0o750)] {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        }
        workspace = try Workspace(in: "\(root)/tmp")
        self.limits = limits
        self.scan = scan
        self.logger = logger
        if let readingFault { logger.warning("PDFs cannot be read", metadata: ["reason": "\(readingFault)"]) }
    }

    /// Why the text of PDFs cannot be read, for whoever runs the site.
    package var readingFault: String? {
        let missing = ReadingTools.missing()
        guard !missing.isEmpty else { return nil }
        return "without \(missing.joined(separator: " and ")) (poppler-utils, util-linux) no PDF is accepted"
    }

    /// What a person is told of scanning before they choose a file.
    package var scanWords: String {
        isScanning
            ? "Each is scanned for viruses before anything reads it." : "They are not scanned for viruses."
    }

    /// Receives a form with its files.
    ///
    /// - Throws: ``MultipartFault``, ``TextTooLong``, ``BodyBroken``, or what the disk throws.
    package func receive<Body: AsyncSequence>(
        _ body: Body,
        boundary: String
    ) async throws -> ReceivedForm where Body.Element == ByteBuffer {
        let hasRoom = receptions.withLock { count in
            count += 1
            return count <= limits.receptions
        }
        defer { receptions.withLock { $0 -= 1 } }
        var reception = FormReception(limits, workspace, disk, hasRoom: hasRoom)
        return try await reception.read(body, boundary: boundary)
    }

    /// Scans, types and reads files, and puts them in their place.
    ///
    /// One refused file refuses them all. What could not be read in time is taken without its text.
    ///
    /// - Throws: ``FilesRefused``, or what the disk throws.
    package func accept(_ files: [ReceivedFile]) async throws -> [NewFile] {
        let deadline = ContinuousClock.now + limits.patience
        try await scanAll(files, by: deadline)
        var typed: [(file: ReceivedFile, found: FileTyping.Found)] = []
        var refused: [FilesRefused.File] = []
        for file in files {
            let found = try await disk.run { try FileTyping.find(file.temporary, name: file.name.reveal()) }
            if let found {
                typed.append((file, found))
            } else {
                let message =
                    file.temporary.size == 0
                    ? "“\(file.name.reveal())” is empty."
                    : "“\(file.name.reveal())” is none of the types that are taken: PDF, PNG, JPEG, WebP, GIF, and text, "
                        + "Markdown and CSV in UTF-8."
                refused.append(.init(name: file.name, code: .invalidFileType, message: Private(message)))
            }
        }
        guard refused.isEmpty else { throw FilesRefused(refused) }
        let jobs = typed
        let new = try await inOrder(jobs.count) {
            try await self.read(jobs[$0].file, jobs[$0].found, by: deadline)
        }
        let directory = directory
        try await disk.run {
            for (job, new) in zip(jobs, new) {
                try job.file.temporary.move(to: directory.path(of: new.file.id), in: directory.path)
            }
        }
        return new
    }

    /// Removes those files that no discussion has: their command was refused, or had been carried out before.
    ///
    /// Where that cannot be learnt, the sweep does it later.
    package func discard(_ files: [NewFile], _ store: Store) async {
        let ids = files.map(\.file.id)
        guard let unknown = try? await store.read({ reader in try reader.listUnknownFiles(ids) }) else {
            return
        }
        directory.remove(unknown)
    }

    /// Removes what crashes have left: files that were being received by processes that are gone, and, a
    /// week later, files that no discussion has.
    package func sweep(_ store: Store) async {
        do {
            let workspace = workspace
            let left = try await disk.run { workspace.sweep() }
            let swept = try await directory.sweep(store)
            guard left > 0 || swept != .init() else { return }
            logger.info(
                "swept files away",
                metadata: [
                    "left": "\(left)", "unknown": "\(swept.setAside)", "known_again": "\(swept.broughtBack)",
                    "removed": "\(swept.removed)",
                ]
            )
        } catch {
            logger.error("files could not be swept", error: error)
        }
    }

    private func read(
        _ file: ReceivedFile,
        _ found: FileTyping.Found,
        by deadline: ContinuousClock.Instant
    ) async throws -> NewFile {
        let limit = limits.keptText
        let threads = found.type == .pdf ? readers : disk
        let text: FileText
        do {
            // A reader that began in time comes to its end at the deadline, and what it has is taken.
            let patient = deadline + .seconds(2)
            let read = try await outcome(by: patient) {
                try await threads.run { try FileText.read(file.temporary, found, limit: limit, by: deadline) }
            }
            text = read ?? .unread
        } catch let missing as ToolMissing {
            logger.error("a PDF could not be read", metadata: ["reason": "\(missing)"])
            throw FilesRefused(
                .scanUnavailable,
                "PDFs cannot be read just now, so “\(file.name.reveal())” is not taken. Other files are; please tell whoever "
                    + "runs this site."
            )
        }
        return NewFile(
            file: DiscussionFile(
                id: .random(),
                name: file.name.reveal(),
                type: found.type,
                size: file.temporary.size,
                state: isScanning ? .clean : .unscanned,
                sha256: file.sha256,
                pages: text.pages,
                pagesRead: text.pagesRead,
                characters: text.characters,
                kept: text.kept.unicodeScalars.count,
                reading: text.reading
            ),
            text: text.kept
        )
    }

    private var isScanning: Bool {
        if case .by = scan { true } else { false }
    }

    /// All of them, also those whose type is refused later: nothing looks inside before.
    private func scanAll(_ files: [ReceivedFile], by deadline: ContinuousClock.Instant) async throws {
        guard case .by(let scanner) = scan else { return }
        let verdicts: [ScanVerdict]
        do {
            verdicts = try await inOrder(files.count) { number in
                // Held until the scanner is done with it, however long that takes.
                let temporary = files[number].temporary
                let verdict = try await outcome(by: deadline) {
                    try await scanner.scan(descriptor: temporary.descriptor, size: temporary.size)
                }
                guard let verdict else { throw ScanFailure(message: "the command's time was over") }
                return verdict
            }
        } catch let failure as ScanFailure {
            logger.error("a file could not be scanned", metadata: ["reason": "\(failure.message)"])
            throw FilesRefused(
                .scanUnavailable,
                "Files cannot be scanned for viruses just now, so none are taken. Everything else works; "
                    + "please try again later, or tell whoever runs this site."
            )
        }
        var refused: [FilesRefused.File] = []
        for (file, verdict) in zip(files, verdicts) {
            let message: String
            switch verdict {
            case .clean: continue
            case .infected(let signature):
                message = "“\(file.name.reveal())” is infected (\(signature))."
                audit(file, signature)
            case .refused(let reason):
                message = "“\(file.name.reveal())” could not be scanned to its end (\(reason))."
                audit(file, reason)
            }
            refused.append(.init(name: file.name, code: .fileInfected, message: Private(message)))
        }
        guard refused.isEmpty else { throw FilesRefused(refused) }
    }

    /// What `work` comes to for each number below `count`, all at once.
    private func inOrder<Value: Sendable>(
        _ count: Int,
        _ work: @escaping @Sendable (Int) async throws -> Value
    ) async throws -> [Value] {
        try await withThrowingTaskGroup(of: (Int, Value).self) { group in
            for number in 0..<count { group.addTask { (number, try await work(number)) } }
            var values: [Int: Value] = [:]
            for try await (number, value) in group { values[number] = value }
            return (0..<count).compactMap { values[$0] }
        }
    }

    /// By its content: a name holds a person's words.
    private func audit(_ file: ReceivedFile, _ finding: String) {
        logger.warning(
            "a file was refused",
            metadata: [
                "finding": "\(finding)", "size": "\(file.temporary.size)", "sha256": "\(file.sha256)",
            ]
        )
    }
}
