package import Domain
import Foundation
package import Logging
package import NIOCore
package import Scanning
package import Store

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
    }

    /// What a person is told of scanning before they choose a file.
    package var scanWords: String {
        isScanning
            ? "Each is scanned for viruses before anything reads it." : "They are not scanned for viruses."
    }

    /// Receives a form with its files.
    ///
    /// - Throws: ``MultipartFault``, ``TextTooLong``, or what the body or the disk throws.
    package func receive<Body: AsyncSequence>(
        _ body: Body,
        boundary: String
    ) async throws -> ReceivedForm where Body.Element == ByteBuffer {
        var reception = FormReception(limits, workspace, disk)
        return try await reception.read(body, boundary: boundary)
    }

    /// Scans, types and reads files, and puts them in their place.
    ///
    /// One refused file refuses them all.
    ///
    /// - Throws: ``FilesRefused``, or what the disk throws.
    package func accept(_ files: [ReceivedFile]) async throws -> [NewFile] {
        try await scanAll(files)
        var typed: [(file: ReceivedFile, found: FileTyping.Found)] = []
        var refused: [FilesRefused.File] = []
        for file in files {
            let found = try await disk.run { try FileTyping.find(file.temporary, name: file.name) }
            if let found {
                typed.append((file, found))
            } else {
                let message =
                    file.temporary.size == 0
                    ? "“\(file.name)” is empty."
                    : "“\(file.name)” is none of the types that are taken: PDF, PNG, JPEG, WebP, GIF, and text, "
                        + "Markdown and CSV in UTF-8."
                refused.append(.init(name: file.name, code: .invalidFileType, message: message))
            }
        }
        guard refused.isEmpty else { throw FilesRefused(refused) }
        var read: [(file: ReceivedFile, new: NewFile)] = []
        for (file, found) in typed { read.append((file, try await self.read(file, found))) }
        let (moves, directory) = (read, directory)
        try await disk.run {
            for (file, new) in moves {
                try file.temporary.move(to: directory.path(of: new.file.id), in: directory.path)
            }
        }
        return read.map(\.new)
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

    /// Removes what crashes have left: files that were being received by processes that are gone, and files
    /// that no discussion has.
    package func sweep(_ store: Store) async {
        do {
            let workspace = workspace
            let left = try await disk.run { workspace.sweep() }
            let unknown = try await directory.sweep(store)
            guard left + unknown > 0 else { return }
            logger.info("swept files away", metadata: ["left": "\(left)", "unknown": "\(unknown)"])
        } catch {
            logger.error("files could not be swept", metadata: ["error": "\(error)"])
        }
    }

    private func read(_ file: ReceivedFile, _ found: FileTyping.Found) async throws -> NewFile {
        let limit = limits.keptText
        let threads = found.type == .pdf ? readers : disk
        let text = try await threads.run { try FileText.read(file.temporary, found, limit: limit) }
        return NewFile(
            file: DiscussionFile(
                id: .random(),
                name: file.name,
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
    private func scanAll(_ files: [ReceivedFile]) async throws {
        guard case .by(let scanner) = scan else { return }
        var refused: [FilesRefused.File] = []
        for file in files {
            let verdict: ScanVerdict
            do {
                verdict = try await scanner.scan(
                    descriptor: file.temporary.descriptor,
                    size: file.temporary.size
                )
            } catch {
                logger.error("a file could not be scanned", metadata: ["reason": "\(error.message)"])
                throw FilesRefused(
                    .scanUnavailable,
                    "Files cannot be scanned for viruses just now, so none are taken. Everything else works; "
                        + "please try again later, or tell whoever runs this site."
                )
            }
            let message: String
            switch verdict {
            case .clean: continue
            case .infected(let signature):
                message = "“\(file.name)” is infected (\(signature))."
                audit(file, signature)
            case .refused(let reason):
                message = "“\(file.name)” could not be scanned to its end (\(reason))."
                audit(file, reason)
            }
            refused.append(.init(name: file.name, code: .fileInfected, message: message))
        }
        guard refused.isEmpty else { throw FilesRefused(refused) }
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
