import Foundation

/// Something that a person wants done, with the id under which it is done once, however often it is sent.
public struct SiteCommand: Sendable {
    /// Below the site's address, such as `/discussions`.
    public let path: String
    /// A JSON object, or a form with files.
    let body: Data
    let contentType: String
    /// Files are scanned and read before such a command is acknowledged.
    let hasFiles: Bool
    /// Sent as `Idempotency-Key`, the same at every try.
    public let id: String

    /// - Parameter id: of an earlier command that is to be sent again; else a fresh one.
    public init(path: String, fields: some Encodable, id: String = SiteCommand.freshID()) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        self.path = path
        body = try encoder.encode(fields)
        contentType = "application/json"
        hasFiles = false
        self.id = id
    }

    /// A command with files, sent whole at every try.
    public init(
        path: String,
        fields: [String: String],
        files: [SiteFile],
        id: String = SiteCommand.freshID()
    ) {
        let form = MultipartForm(fields: fields, files: files)
        self.path = path
        body = form.body
        contentType = form.contentType
        hasFiles = true
        self.id = id
    }

    /// Starts a discussion.
    ///
    /// - Parameters:
    ///   - place: `any` or `house`; nil leaves it to the site.
    ///   - files: to be put on the table.
    public static func start(
        topic: String,
        place: String? = nil,
        files: [SiteFile] = []
    ) throws -> SiteCommand {
        var fields = ["topic": topic]
        fields["place"] = place
        guard !files.isEmpty else { return try SiteCommand(path: "/discussions", fields: fields) }
        return SiteCommand(path: "/discussions", fields: fields, files: files)
    }

    /// Puts files on the table of a discussion that waits.
    public static func add(_ files: [SiteFile], to discussion: String) -> SiteCommand {
        SiteCommand(path: "/discussions/\(discussion)/files", fields: [:], files: files)
    }

    /// Does something with a discussion, such as `proceed` or `input`.
    public static func act(
        _ action: String,
        on discussion: String,
        fields: [String: String] = [:]
    ) throws -> SiteCommand {
        try SiteCommand(path: "/discussions/\(discussion)/\(action)", fields: fields)
    }

    /// 128 random bits in hex.
    public static func freshID() -> String {
        (0..<4).map { _ in
            let word = String(UInt32.random(in: .min ... .max), radix: 16)
            return String(repeating: "0", count: 8 - word.count) + word
        }.joined()
    }
}

/// The site's word that a command is done and on disk.
public struct Acknowledgement: Sendable, Hashable {
    /// Such as `start-dialogue`.
    public let event: String
    /// The command's id.
    public let id: String
    public let discussionId: String
    /// The command's last event.
    public let cursor: Int
    /// An earlier try had done it already.
    public let replayed: Bool
    /// The answer as the site sent it, on one line.
    public let json: String

    init?(_ body: [UInt8]) {
        guard let ack = try? JSONDecoder().decode(Envelope.self, from: Data(body)).ack else { return nil }
        event = ack.event
        id = ack.id
        discussionId = ack.discussionId
        cursor = ack.cursor
        replayed = ack.replayed ?? false
        json = body.oneLine
    }

    private struct Envelope: Decodable {
        struct Body: Decodable {
            let event: String
            let id: String
            let discussionId: String
            let cursor: Int
            let replayed: Bool?
        }

        let ack: Body
    }
}

extension Collection<UInt8> {
    /// JSON on one line: between its tokens a line break is as good as a space, and within them there is none.
    var oneLine: String {
        let breaks: [UInt8] = [0x0A, 0x0D]
        return String(decoding: map { breaks.contains($0) ? 0x20 : $0 }, as: UTF8.self)
            .trimmingCharacters(in: .whitespaces)
    }
}
