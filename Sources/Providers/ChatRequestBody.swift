import Foundation

/// The JSON body of a chat request.
///
/// Written by hand because a schema has to keep the order of its fields, which no dictionary does.
enum ChatRequestBody {
    static func json(_ request: ChatRequest, to endpoint: ProviderEndpoint) throws -> String {
        let vendor = Vendor.of(endpoint.id)
        var fields: [(name: String, value: String)] = [
            ("model", try quoted(endpoint.model)),
            ("messages", "[\(try request.messages.map(message).joined(separator: ","))]"),
            ("stream", "true"),
            (vendor.lengthField, "\(request.maxTokens)"),
        ]
        if vendor.asksForUsage {
            fields.append(("stream_options", #"{"include_usage":true}"#))
        }
        if let thinking = vendor.briefThinking(of: endpoint.model) {
            fields.append(thinking)
        }
        if let temperature = request.temperature {
            fields.append(("temperature", "\(temperature)"))
        }
        if let format = try format(request.responseFormat) {
            fields.append(("response_format", format))
        }
        if vendor.takesFallbackModels, !endpoint.fallbackModels.isEmpty {
            let models = try endpoint.fallbackModels.map(quoted).joined(separator: ",")
            fields.append(("models", "[\(models)]"))
        }
        return "{\(fields.map { "\"\($0.name)\":\($0.value)" }.joined(separator: ","))}"
    }

    private static func message(_ message: ChatMessage) throws -> String {
        let text = try quoted(message.content)
        let role = message.role.rawValue
        guard !message.pictures.isEmpty else { return #"{"role":"\#(role)","content":\#(text)}"# }
        // Base64 and media types have nothing that JSON would escape.
        let pictures = message.pictures.map {
            #",{"type":"image_url","image_url":{"url":"data:\#($0.type);base64,\#($0.base64)"}}"#
        }
        return #"{"role":"\#(role)","content":[{"type":"text","text":\#(text)}\#(pictures.joined())]}"#
    }

    private static func format(_ format: ResponseFormat) throws -> String? {
        switch format {
        case .text:
            nil
        case .jsonObject:
            #"{"type":"json_object"}"#
        case .jsonSchema(let name, let schema):
            #"{"type":"json_schema","json_schema":{"name":\#(try quoted(name)),"strict":true,"schema":\#(schema)}}"#
        }
    }

    private static func quoted(_ text: String) throws -> String {
        String(decoding: try JSONEncoder().encode(text), as: UTF8.self)
    }
}
