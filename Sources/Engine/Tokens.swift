package import Providers

/// Token counts without a tokenizer.
package enum Tokens {
    /// A careful estimate: a token is rarely shorter than three bytes of UTF-8, in most languages and models.
    package static func estimate(_ text: String) -> Int {
        estimate(bytes: text.utf8.count)
    }

    /// The same of so many bytes.
    package static func estimate(bytes: Int) -> Int {
        (bytes + 2) / 3
    }

    /// A whole prompt.
    package static func estimate(_ request: ChatRequest) -> Int {
        request.messages.reduce(0) { $0 + estimate($1.content) + $1.pictures.count * picture }
    }

    /// What a picture counts for: vendors ask between 85 and 1,600 tokens, by its size.
    package static let picture = 1_500
}
