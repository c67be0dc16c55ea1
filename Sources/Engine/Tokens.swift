/// Token counts without a tokenizer.
package enum Tokens {
    /// A careful estimate: a token is rarely shorter than three bytes of UTF-8, in most languages and models.
    package static func estimate(_ text: String) -> Int {
        (text.utf8.count + 2) / 3
    }
}
