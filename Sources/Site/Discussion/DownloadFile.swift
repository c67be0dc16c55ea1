import Domain
import HTTPTypes
import Hummingbird
import Store
import Support
import Uploads

extension Site {
    /// `GET /files/{file}`: an uploaded file, to those who may see its discussion.
    ///
    /// nginx hands it out, from a place that only this answer can name; it also sets the headers that keep
    /// a browser from doing anything with it but saving it.
    @Sendable func downloadFile(_ request: Request, _ context: SiteContext) async throws -> Response {
        let id = FileID(rawValue: try context.parameters.require("file"))
        let person = try context.person
        let file = try await store.read { reader in try reader.findFile(id, of: person.id) }
        guard let file else { throw Problem.fileNotFound }
        note(.fileHandedOut, id.rawValue, context, person)
        var headers = Response.headers(type: file.type.rawValue)
        headers[.contentDisposition] = FileName.attachment(file.name)
        headers[.accelRedirect] = Links.storedFile(file.id)
        return Response(status: .ok, headers: headers)
    }
}

extension HTTPField.Name {
    fileprivate static let accelRedirect = Self("X-Accel-Redirect") ?? .location
}
