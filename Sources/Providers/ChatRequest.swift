/// One message of a prompt.
package struct ChatMessage: Sendable, Equatable {
    /// Who speaks.
    package enum Role: String, Sendable {
        case system, user, assistant
    }

    package let role: Role
    package let content: String
    /// Shown after the text; only to a model that can see.
    package let pictures: [ChatPicture]

    package init(role: Role, content: String, pictures: [ChatPicture] = []) {
        self.role = role
        self.content = content
        self.pictures = pictures
    }
}

/// A picture as a model is shown it.
package struct ChatPicture: Sendable, Equatable {
    /// Its media type.
    package let type: String
    /// Its bytes in base64.
    package let base64: String

    package init(type: String, base64: String) {
        self.type = type
        self.base64 = base64
    }
}

/// What a model is asked.
///
/// The last message is the user's: Mistral refuses any other.
package struct ChatRequest: Sendable, Equatable {
    package var messages: [ChatMessage]
    /// The longest answer, in tokens; a model that thinks aloud spends them on that as well.
    package var maxTokens: Int
    /// Nil leaves it to the vendor.
    package var temperature: Double?
    package var responseFormat: ResponseFormat

    package init(
        messages: [ChatMessage],
        maxTokens: Int,
        temperature: Double? = nil,
        responseFormat: ResponseFormat = .text
    ) {
        self.messages = messages
        self.maxTokens = maxTokens
        self.temperature = temperature
        self.responseFormat = responseFormat
    }
}

/// The shape of the answer.
package enum ResponseFormat: Sendable, Equatable {
    case text
    /// Any JSON object; the prompt itself must say "JSON", or Groq refuses it.
    case jsonObject
    /// An object by a JSON Schema, given as JSON text and sent as it stands: some servers write the fields
    /// in the schema's order. It is asked for strictly, so every object names all its fields as required and
    /// sets `additionalProperties` to false.
    case jsonSchema(name: String, schema: String)
}
