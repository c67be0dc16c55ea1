import Crypto
package import Domain
import Glibc
import NIOCore

/// A form as it came by multipart/form-data: its text in memory, its files in temporary files.
package struct ReceivedForm: Sendable {
    /// In the order in which they came.
    package var fields: [(name: String, value: [UInt8])] = []
    package var files: [ReceivedFile] = []
    /// Why the files cannot be taken.
    ///
    /// The text came all the same, so that the page can show it again.
    package var refusal: FilesRefused?
}

/// A file that has come, and that nothing has looked into yet.
package struct ReceivedFile: Sendable {
    /// The field that it came in.
    package let field: String
    /// To be shown.
    package let name: Private
    package let temporary: TemporaryFile
    package let sha256: String
}

/// Text that is more than a form takes.
package struct TextTooLong: Error {}

/// The body broke off, or could not be read: nobody waits for an answer, and it is no fault of ours.
package struct BodyBroken: Error {
    /// What the transport said.
    package let cause: any Error

    package init(_ cause: any Error) {
        self.cause = cause
    }
}

/// Puts the parts of a form where they belong, as they come.
struct FormReception {
    private enum Target {
        case field(String)
        case file(ReceivedPart)
        /// A file field that was left empty.
        case empty
        /// A file that was refused.
        case nowhere
    }

    private struct ReceivedPart {
        let field: String
        let name: String
        let temporary: TemporaryFile
        var hash = SHA256()
    }

    private let limits: UploadLimits
    private let workspace: Workspace
    private let disk: Threads
    private var form = ReceivedForm()
    private var target = Target.nowhere
    private var text = 0
    private var received = 0
    private var tooLarge: [FilesRefused.File] = []
    private var count = 0
    private var hasNameless = false
    private var diskIsFull = false
    /// As many others are being received as there is room for: its text comes, its files do not.
    private let hasRoom: Bool

    init(_ limits: UploadLimits, _ workspace: Workspace, _ disk: Threads, hasRoom: Bool) {
        self.limits = limits
        self.workspace = workspace
        self.disk = disk
        self.hasRoom = hasRoom
    }

    /// Reads a whole body.
    ///
    /// Where files are too large, what follows is still read, and dropped: the fields after them come, and the
    /// browser, which listens only when it has sent all, gets its answer. nginx bounds how much that can be; a
    /// body of twice the limit is no longer listened to.
    mutating func read<Body: AsyncSequence>(
        _ body: Body,
        boundary: String
    ) async throws -> ReceivedForm where Body.Element == ByteBuffer {
        var parser = MultipartParser(boundary: boundary)
        var pieces = body.makeAsyncIterator()
        while let piece = try await next(&pieces) {
            received += piece.readableBytes
            guard received <= 2 * limits.request else { break }
            if received > limits.request { dropFiles() }
            for event in try parser.feed(piece.readableBytesView) { try await take(event) }
        }
        if received <= 2 * limits.request { try parser.finish() }
        form.refusal = refusal
        if form.refusal != nil { form.files = [] }
        return form
    }

    private func next<Pieces: AsyncIteratorProtocol>(
        _ pieces: inout Pieces
    ) async throws -> ByteBuffer? where Pieces.Element == ByteBuffer {
        do {
            return try await pieces.next()
        } catch {
            throw BodyBroken(error)
        }
    }

    private var refusal: FilesRefused? {
        if received > limits.request {
            return FilesRefused(
                .invalidFileSize,
                "Together these files are more than \(UploadLimits.words(limits.request)), which is the most that "
                    + "is taken at once. Please send them in several steps.",
                files: tooLarge
            )
        }
        if !tooLarge.isEmpty { return FilesRefused(tooLarge) }
        if !hasRoom, count > 0 {
            return FilesRefused(
                .scanUnavailable,
                "Too many people are sending files at this moment. Nothing was done; please send it again in a few "
                    + "seconds.",
                retryAfter: 5
            )
        }
        if diskIsFull {
            return FilesRefused(
                .scanUnavailable,
                "There is no room for files on this site just now, so none are taken. Everything else works; please "
                    + "tell whoever runs it."
            )
        }
        if hasNameless {
            return FilesRefused(
                .validation,
                "A file came without a name. Please give it one, and send it again."
            )
        }
        guard count > limits.files else { return nil }
        return FilesRefused(
            .validation,
            "These are \(count) files; at most \(limits.files) are taken at once. Please send them in several steps."
        )
    }

    private mutating func dropFiles() {
        form.files = []
        if case .file = target { target = .nowhere }
    }

    private mutating func take(_ event: MultipartParser.Event) async throws {
        switch event {
        case .part(let head): try await begin(head)
        case .content(let bytes): try await add(bytes)
        case .end: finish()
        }
    }

    private mutating func begin(_ head: PartHead) async throws {
        guard let sent = head.fileName else {
            target = .field(head.name)
            form.fields.append((head.name, []))
            return
        }
        // A browser sends a field without a file as a file without a name, and without content.
        target = .empty
        guard !sent.isEmpty else { return }
        target = .nowhere
        count += 1
        guard hasRoom, count <= limits.files, received <= limits.request else { return }
        let (workspace, spare) = (workspace, limits.spareDisk)
        let begun = try await disk.run { workspace.freeBytes < spare ? nil : try workspace.file() }
        guard let temporary = begun else {
            diskIsFull = true
            return
        }
        target = .file(ReceivedPart(field: head.name, name: FileName.shown(sent), temporary: temporary))
    }

    private mutating func add(_ bytes: ArraySlice<UInt8>) async throws {
        switch target {
        case .nowhere: return
        case .empty: hasNameless = true
        case .field:
            text += bytes.count
            guard text <= limits.text else { throw TextTooLong() }
            form.fields[form.fields.count - 1].value += bytes
        case .file(var part):
            guard part.temporary.size + bytes.count <= limits.file else {
                let message =
                    "“\(part.name)” is larger than \(UploadLimits.words(limits.file)), the most that a file may have."
                tooLarge.append(
                    .init(name: Private(part.name), code: .invalidFileSize, message: Private(message))
                )
                target = .nowhere
                return
            }
            part.hash.update(data: bytes)
            let temporary = part.temporary
            do {
                try await disk.run { try temporary.write(bytes) }
                target = .file(part)
            } catch let fault as SystemFault where [ENOSPC, EDQUOT].contains(fault.code) {
                diskIsFull = true
                target = .nowhere
            }
        }
    }

    private mutating func finish() {
        if case .file(let part) = target {
            let digest = part.hash.finalize().map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            form.files.append(
                ReceivedFile(
                    field: part.field,
                    name: Private(part.name),
                    temporary: part.temporary,
                    sha256: digest
                )
            )
        }
        target = .nowhere
    }
}
