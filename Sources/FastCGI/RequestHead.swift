internal import HTTPTypes

/// What the parameters of a request say, in HTTP's types.
struct RequestHead {
    /// Fields that CGI carries under names of their own.
    private static let carriedElsewhere: Set<String> = [
        "HTTP_CONTENT_LENGTH", "HTTP_CONTENT_TYPE", "HTTP_HOST",
    ]

    var request: HTTPRequest
    /// CONTENT_LENGTH; nil if the web server did not know it.
    var contentLength: Int?
    var parameters: FastCGIParameters

    /// Reads the parameters; nil means 400: no method, no path, or a CONTENT_LENGTH that is not a length.
    ///
    /// A field whose name or value HTTP does not allow is left out: nginx passes none, so it matters to nobody.
    init?(_ source: LibFCGIRequest) {
        var pairs: [(name: String, value: String?)] = []
        var fields = HTTPFields()
        source.forEachParameter { nameBytes, valueBytes in
            guard let name = String(validating: nameBytes, as: UTF8.self) else { return }
            pairs.append((name, String(validating: valueBytes, as: UTF8.self)))
            guard !valueBytes.isEmpty, !Self.carriedElsewhere.contains(name),
                let fieldName = Self.fieldName(for: name), HTTPField.isValidValue(valueBytes)
            else { return }
            fields.append(HTTPField(name: fieldName, value: valueBytes))
        }
        parameters = FastCGIParameters(pairs: pairs)

        guard let method = parameters["REQUEST_METHOD"].flatMap({ HTTPRequest.Method($0) }),
            let path = parameters["REQUEST_URI"], Self.isRequestTarget(path)
        else { return nil }
        switch parameters["CONTENT_LENGTH"] {
        case nil, "": contentLength = nil
        case .some(let text):
            guard let length = Self.length(text) else { return nil }
            contentLength = length
        }
        request = HTTPRequest(
            method: method,
            scheme: Self.scheme(parameters),
            authority: parameters["HTTP_HOST"],
            path: path,
            headerFields: fields
        )
    }

    private static func fieldName(for parameter: String) -> HTTPField.Name? {
        switch parameter {
        case "CONTENT_TYPE": .contentType
        case "CONTENT_LENGTH": .contentLength
        default:
            parameter.hasPrefix("HTTP_")
                ? HTTPField.Name(String(parameter.dropFirst(5).map { $0 == "_" ? "-" : $0 }).lowercased())
                : nil
        }
    }

    /// `/path?query`, or `*` of an OPTIONS request, in visible characters; nginx sends nothing else.
    private static func isRequestTarget(_ text: String) -> Bool {
        (text.hasPrefix("/") || text == "*") && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7f }
    }

    /// Decimal digits only: `Int` would also take a sign.
    private static func length(_ text: String) -> Int? {
        text.utf8.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 } ? Int(text) : nil
    }

    private static func scheme(_ parameters: FastCGIParameters) -> String {
        if let scheme = parameters["REQUEST_SCHEME"], scheme == "http" || scheme == "https" { return scheme }
        return parameters["HTTPS"]?.lowercased() == "on" ? "https" : "http"
    }
}
