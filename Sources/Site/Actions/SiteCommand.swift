import Crypto
import Domain
import Engine
import Foundation
import HTTPTypes
import Hummingbird
import Uploads

extension Site {
    /// A form that comes again within so many seconds is a double click, or a browser's own retry; later it is
    /// an old page, and whoever sends it expects something to happen.
    private static let doubleClick: TimeInterval = 60

    /// The command that a POST is: named by its id, tied to its content by a hash.
    ///
    /// - Throws: ``Problem`` when the id is missing or malformed.
    /// - Parameter fields: the parsed fields; the hash covers them, so that neither the representation nor
    ///   the id itself has a part in it. Files count by their names and their content; nil: it takes none.
    func command(
        _ name: String,
        _ request: Request,
        _ context: SiteContext,
        _ form: Form,
        discussion: DiscussionID? = nil,
        fields: [(name: String, value: String)] = [],
        files: [ReceivedFile]? = nil
    ) throws -> Command {
        guard files != nil || !form.hadFiles else {
            throw Problem.invalid("files", "This action takes no files.")
        }
        try context.check(form, of: request)
        guard let id = try commandID(request, form) else {
            throw Problem.invalid(
                "command_id",
                "The command has no id. Please send an Idempotency-Key header, or the form's command_id."
            )
        }
        guard Command.isValid(id: id) else {
            throw Problem.invalid(
                "command_id",
                "The command id must be 1 to \(Command.longestID) visible ASCII characters."
            )
        }
        var hash = SHA256()
        // Each part with its length before it, so that no two contents run together into the same bytes.
        func add(_ bytes: some DataProtocol) {
            hash.update(data: Data("\(bytes.count):".utf8))
            hash.update(data: bytes)
        }
        add(Data(name.utf8))
        add(Data((discussion?.rawValue ?? "").utf8))
        for field in fields {
            add(Data(field.name.utf8))
            add(Data(field.value.utf8))
        }
        for file in files ?? [] {
            add(Data("files".utf8))
            add(Data(file.name.reveal().utf8))
            add(Data(file.sha256.utf8))
        }
        let digest = hash.finalize().map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
        return Command(id: id, name: name, person: try context.person.id, hash: digest)
    }

    /// The command's id as it was sent, if it was.
    func commandID(_ request: Request, _ form: Form) throws -> String? {
        let id = try request.headers[.idempotencyKey] ?? form.text("command_id") ?? ""
        return id.isEmpty ? nil : id
    }

    /// The answer to an accepted command: a redirect for forms, the acknowledgement for scripts.
    func answer(
        _ acknowledgement: Acknowledgement,
        to request: Request,
        status: HTTPResponse.Status = .ok
    ) throws -> Response {
        meters?.acknowledged(acknowledgement.event, replayed: acknowledgement.replayed)
        let location = Links.discussion(acknowledgement.discussion)
        guard request.wantsJSON else {
            var response = Response.seeOther(location)
            let isOld =
                acknowledgement.replayed
                && engine.now().timeIntervalSince(acknowledgement.acceptedAt) > Self.doubleClick
            Flash.leave(isOld ? Outcome.before : acknowledgement.event, at: location, in: &response)
            return response
        }
        var response = try Response.json(AcknowledgementJSON(acknowledgement), status: status)
        if status == .created { response.headers[.location] = location }
        return response
    }
}

private struct AcknowledgementJSON: Encodable {
    struct Body: Encodable {
        let event: String
        let id: String
        let discussionId: DiscussionID
        let cursor: Int
        let replayed: Bool
    }

    let ack: Body

    init(_ acknowledgement: Acknowledgement) {
        ack = Body(
            event: acknowledgement.event,
            id: acknowledgement.id,
            discussionId: acknowledgement.discussion,
            cursor: acknowledgement.cursor,
            replayed: acknowledgement.replayed
        )
    }
}

extension HTTPField.Name {
    static let idempotencyKey = Self("Idempotency-Key") ?? .ifMatch
}
