/// One `data:` of a chat stream, read leniently: a field of an unexpected shape counts as absent.
struct ChatChunk: Decodable {
    var model: String?
    var text: String?
    var finishReason: String?
    var usage: TokenUsage?
    var hasError: Bool

    private enum Key: String, CodingKey {
        case model, choices, usage, error
        /// Groq's own corner, which carries the usage when nobody asked for it.
        case groq = "x_groq"
        /// Mistral reports an error without an envelope: `{"object": "error", …}`.
        case object
    }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        model = try? fields.decode(String.self, forKey: .model)
        let choice = (try? fields.decode([Choice].self, forKey: .choices))?.first
        text = choice?.delta?.content?.text
        finishReason = choice?.finish_reason
        usage =
            (try? fields.decode(Usage.self, forKey: .usage))?.tokens
            ?? (try? fields.decode(Groq.self, forKey: .groq))?.usage?.tokens
        let errorIsNull = (try? fields.decodeNil(forKey: .error)) ?? true
        hasError = !errorIsNull || (try? fields.decode(String.self, forKey: .object)) == "error"
    }
}

private struct Choice: Decodable {
    var delta: Delta?
    var finish_reason: String?
}

private struct Delta: Decodable {
    var content: Content?
}

/// Text, or a list of parts of which only those with text are spoken: Mistral's models that think aloud
/// send their thoughts as parts of another type.
private struct Content: Decodable {
    var text: String

    private struct Part: Decodable {
        var type: String?
        var text: String?
    }

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if let text = try? value.decode(String.self) {
            self.text = text
        } else {
            let parts = (try? value.decode([Part].self)) ?? []
            text = parts.filter { $0.type == "text" }.compactMap(\.text).joined()
        }
    }
}

private struct Usage: Decodable {
    var prompt_tokens: Int
    var completion_tokens: Int
    /// OpenRouter's: what it charges for this very answer, in US dollars.
    var cost: Double?

    private enum Key: String, CodingKey { case prompt_tokens, completion_tokens, cost }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        prompt_tokens = try fields.decode(Int.self, forKey: .prompt_tokens)
        completion_tokens = try fields.decode(Int.self, forKey: .completion_tokens)
        cost = try? fields.decode(Double.self, forKey: .cost)
    }

    var tokens: TokenUsage {
        TokenUsage(
            promptTokens: max(prompt_tokens, 0),
            completionTokens: max(completion_tokens, 0),
            cost: cost.flatMap { $0.isFinite && $0 >= 0 ? $0 : nil }
        )
    }
}

private struct Groq: Decodable {
    var usage: Usage?
}
