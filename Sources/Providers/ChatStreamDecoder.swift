import Domain
import Foundation

/// Reads a chat stream event by event: text out as it comes, the completion at the end.
struct ChatStreamDecoder {
    /// Far beyond any `max_tokens`; a server that never stops must not fill memory.
    static let longestAnswer = 1 << 20

    let provider: ProviderID
    /// Named in the completion if the server names none.
    let requestedModel: String
    let key: APIKey?

    private var finishReason: FinishReason?
    private var usage: TokenUsage?
    private var model: String?
    private var answerBytes = 0
    /// The text so far ends with a carriage return, which is told as a line feed already.
    private var endedWithReturn = false
    private var eventCount = 0
    /// `[DONE]` was read: nothing of interest follows.
    private(set) var isDone = false

    init(provider: ProviderID, requestedModel: String, key: APIKey? = nil) {
        self.provider = provider
        self.requestedModel = requestedModel
        self.key = key
    }

    /// Whether the model has said that it is finished: what breaks after that breaks nothing.
    var hasFinished: Bool { finishReason != nil || isDone }

    /// Takes one event and returns the text it adds, if any.
    mutating func text(from event: ServerSentEvent) throws(ProviderError) -> String? {
        guard !isDone else { return nil }
        eventCount += 1
        let data = event.data.trimmingCharacters(in: .whitespaces)
        guard data != "[DONE]" else {
            isDone = true
            return nil
        }
        guard !data.isEmpty else { return nil }
        guard let chunk = try? JSONDecoder().decode(ChatChunk.self, from: Data(data.utf8)) else {
            throw fault(.malformed(.invalidJSON))
        }
        if chunk.hasError || chunk.finishReason == "error" {
            throw fault(Refusal(body: data, key: key).faultInMidStream)
        }
        model = model ?? chunk.model.flatMap { presentable($0) }
        usage = chunk.usage ?? usage
        finishReason = chunk.finishReason.map { reason(for: $0) } ?? finishReason
        guard let text = chunk.text.map({ plain($0) }), !text.isEmpty else { return nil }
        answerBytes += text.utf8.count
        guard answerBytes <= Self.longestAnswer else { throw fault(.malformed(.tooLarge)) }
        return text
    }

    /// The text with line feeds for every kind of line end, as a browser reads it: so that who counts its bytes
    /// in a page comes to the same as in the events.
    private mutating func plain(_ text: String) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n" where endedWithReturn: break
            case "\r": scalars.append("\n")
            default: scalars.append(scalar)
            }
            endedWithReturn = scalar == "\r"
        }
        return String(scalars)
    }

    /// Takes what was left when the connection ended in order: a whole event, or the torn half of one.
    mutating func lastText(from event: ServerSentEvent) throws(ProviderError) -> String? {
        do {
            return try text(from: event)
        } catch  where error.fault == .malformed(.invalidJSON) {
            return nil
        }
    }

    /// The completion, when the stream has ended.
    func completion() throws(ProviderError) -> ChatCompletion {
        guard hasFinished else { throw fault(eventCount == 0 ? .malformed(.notAStream) : .cutOff) }
        // A model may also spend all its tokens on thinking: then it was cut off before its first word.
        guard answerBytes > 0 else {
            throw ProviderError(provider: provider, fault: .emptyAnswer, usage: usage)
        }
        return ChatCompletion(
            finishReason: finishReason ?? .stop,
            usage: usage,
            model: model ?? requestedModel
        )
    }

    private func fault(_ fault: ProviderError.Fault) -> ProviderError {
        ProviderError(provider: provider, fault: fault)
    }

    private func reason(for word: String) -> FinishReason {
        switch word {
        // Some servers say how it stopped in words of their own.
        case "stop", "eos", "end_turn", "stop_sequence": .stop
        case "length", "max_tokens", "model_length": .length
        default: .other(presentable(word) ?? "unknown")
        }
    }

    /// A name as a server sent it, fit for a page and a log line; nil if it repeats our key.
    private func presentable(_ name: String) -> String? {
        if let key, name.contains(key.secret) { return nil }
        let scalars = name.unicodeScalars.filter {
            !$0.properties.isWhitespace && $0.properties.generalCategory != .control
        }
        return scalars.isEmpty ? nil : String(String.UnicodeScalarView(scalars.prefix(120)))
    }
}
