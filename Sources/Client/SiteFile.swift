public import Foundation

/// A file to be put on the table with a command.
public struct SiteFile: Sendable, Hashable {
    /// To be shown: what stands before a slash is left out by the site.
    public let name: String
    public let content: Data

    public init(name: String, content: Data) {
        self.name = name
        self.content = content
    }
}

/// A form as `multipart/form-data` (RFC 7578), the same bytes at every try.
struct MultipartForm {
    let contentType: String
    let body: Data

    init(fields: [String: String], files: [SiteFile]) {
        // 128 random bits are in no file by chance, and nobody who writes a file knows them.
        let boundary = "parley-\(SiteCommand.freshID())"
        contentType = "multipart/form-data; boundary=\(boundary)"
        var body = Data()
        func part(_ head: String, _ content: Data) {
            body += Data("--\(boundary)\r\nContent-Disposition: form-data; \(head)\r\n\r\n".utf8)
            body += content
            body += Data("\r\n".utf8)
        }
        for (name, value) in fields.sorted(by: { $0.key < $1.key }) {
            part("name=\"\(name)\"", Data(value.utf8))
        }
        for file in files {
            part(
                "name=\"files\"; filename=\"\(Self.quoted(file.name))\"\r\nContent-Type: application/octet-stream",
                file.content
            )
        }
        body += Data("--\(boundary)--\r\n".utf8)
        self.body = body
    }

    /// As browsers write a file's name: what would end it or its line is percent-encoded.
    private static func quoted(_ name: String) -> String {
        // By scalars: a CR and its LF are one character.
        name.unicodeScalars.map { scalar in
            switch scalar {
            case "\r": "%0D"
            case "\n": "%0A"
            case "\"": "%22"
            default: String(scalar)
            }
        }.joined()
    }
}
