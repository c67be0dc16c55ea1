import Domain

/// What an answer other than a stream means: a status and a body in one of the vendors' shapes.
struct Refusal {
    private let code: String?
    private let numericCode: Int?
    private let lengths: ProviderError.ContextLengths?
    /// Code, type and message in lower case: searched for known words, never shown.
    private let words: Private

    /// Reads `{"error": {…}}`, `{"error": "…"}`, Mistral's bare object, and anything else as plain text.
    init(body: String, key: APIKey? = nil) {
        let detail = ErrorEnvelope.detail(in: body)
        let names = [detail?.code?.name, detail?.type].compactMap { $0 }
        code = names.first { Self.isHarmless($0, key: key) }
        numericCode = detail?.code?.number
        lengths = detail?.lengths
        let said = detail.map { (names + [$0.message ?? ""]).joined(separator: " ") } ?? body
        words = Private(said.lowercased())
    }

    /// The fault behind an HTTP status.
    ///
    /// The order matters: the more telling sign comes first.
    func fault(status: Int, retryAfter: Duration? = nil) -> ProviderError.Fault {
        switch status {
        case 401: return .unauthorized
        case 402: return .unpaid
        case 403: return .forbidden
        case 429 where mentions("insufficient_quota"): return .unpaid
        case 429: return .rateLimited(retryAfter: retryAfter)
        case 300..<400: return .wrongAddress
        default: break
        }
        // llama.cpp has answered an overflow with 500 as well.
        if mentionsOverflow || status == 413 { return .contextOverflow(lengths) }
        switch status {
        case 408, 409, 500...: return .unavailable(status: status, retryAfter: retryAfter)
        case _ where mentionsUnknownModel(status): return .unknownModel
        case _ where mentionsFormat: return .formatRefused
        case 404, 405: return .wrongAddress
        default: return .rejected(status: status, code: code)
        }
    }

    /// The fault behind an error that came after a 200: its code is the status that came too late.
    var faultInMidStream: ProviderError.Fault {
        let status = numericCode.flatMap { (400...599).contains($0) ? $0 : nil }
        return fault(status: status ?? 500)
    }

    private var mentionsOverflow: Bool {
        mentions(
            "context_length",
            "context length",
            "context size",
            "exceed_context",
            "too large for model",
            "reduce the length",
            "prompt is too long",
            "context window"
        )
    }

    private func mentionsUnknownModel(_ status: Int) -> Bool {
        mentions(
            "model_not_found",
            "invalid_model",
            "unknown_model",
            "model_decommissioned",
            "not a valid model",
            "invalid model",
            "no endpoints found"
        ) || (status == 404 && mentions("model"))
    }

    private var mentionsFormat: Bool {
        mentions("response_format", "json_schema", "json_object", "grammar")
    }

    private func mentions(_ signs: String...) -> Bool {
        let words = words.reveal()
        return signs.contains { words.contains($0) }
    }

    /// Only a short identifier may be shown, and never one that repeats the key.
    private static func isHarmless(_ code: String, key: APIKey?) -> Bool {
        guard code.count <= 40, code.contains(where: \.isLetter) else { return false }
        guard code.utf8.allSatisfy({ isIdentifier($0) }) else { return false }
        return key.map { !code.contains($0.secret) && !$0.secret.contains(code) } ?? true
    }

    private static func isIdentifier(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default:
            false
        }
    }
}
