import Foundation

/// The envelopes that errors come in.
struct ErrorEnvelope: Decodable {
    private var detail: Detail?

    /// What a body says of its error; nil when it is in no shape that we know.
    static func detail(in body: String) -> Detail? {
        (try? JSONDecoder().decode(Self.self, from: Data(body.utf8)))?.detail
    }

    private enum Key: String, CodingKey { case error }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        if let detail = try? fields.decode(Detail.self, forKey: .error) {
            self.detail = detail
        } else if let message = try? fields.decode(String.self, forKey: .error) {
            detail = Detail(message: message)
        } else if let bare = try? Detail(from: decoder), bare.message != nil {
            detail = bare
        }
    }

    struct Detail: Decodable {
        var message: String?
        var type: String?
        var code: Code?
        /// llama.cpp's, of a prompt that is too long.
        var lengths: ProviderError.ContextLengths?

        private enum Key: String, CodingKey {
            case message, type, code
            case prompt = "n_prompt_tokens"
            case context = "n_ctx"
        }

        init(message: String) {
            self.message = message
        }

        init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: Key.self)
            message = try? fields.decode(String.self, forKey: .message)
            type = try? fields.decode(String.self, forKey: .type)
            code = try? fields.decode(Code.self, forKey: .code)
            if let prompt = try? fields.decode(Int.self, forKey: .prompt),
                let context = try? fields.decode(Int.self, forKey: .context), prompt > 0, context > 0
            {
                lengths = .init(prompt: prompt, context: context)
            }
        }
    }

    /// A number (OpenRouter, llama.cpp) or a name (Groq); Mistral writes its numbers as names.
    struct Code: Decodable {
        var number: Int?
        var name: String?

        init(from decoder: any Decoder) throws {
            let value = try decoder.singleValueContainer()
            number = try? value.decode(Int.self)
            if number == nil {
                let text = try value.decode(String.self)
                (number, name) = (Int(text), text)
            }
        }
    }
}
