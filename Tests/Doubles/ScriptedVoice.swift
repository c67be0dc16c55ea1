package import Domain
package import Providers
import Synchronization
package import TestSupport

/// A provider without a network: it answers by a script, and remembers what it was asked.
package final class ScriptedVoice: ChatProvider {
    package enum Step: Sendable {
        case say(String)
        /// Goes on when the gate is open; a cancelled task ends here.
        case wait(Gate)
        case fail(ProviderError.Fault)
        /// Ends the answer as cut short by a length limit.
        case cut
        /// Goes on only when the task is cancelled.
        case hang
    }

    /// What it does with a request; the number counts its requests from 1.
    package typealias Script = @Sendable (_ request: ChatRequest, _ number: Int) -> [Step]

    package let id: ProviderID
    package let model: String
    /// The usage that every answer ends with.
    package static let usage = TokenUsage(promptTokens: 7, completionTokens: 5)

    /// Says that the table goes on; asked for JSON without a script of its own, a voice answers this, and
    /// does not count it.
    package static let openVerdict =
        #"{"resolved":false,"conclusion":"","agree":[],"dissent":[],"open_questions":[]}"#

    private let script: Script
    private let scriptsJSON: Bool
    private let requests = Mutex<[ChatRequest]>([])

    /// - Parameter scriptsJSON: the script also answers what is asked for as JSON: verdicts, questions.
    package init(
        _ id: ProviderID,
        model: String? = nil,
        scriptsJSON: Bool = false,
        script: @escaping Script
    ) {
        self.scriptsJSON = scriptsJSON
        self.id = id
        self.model = model ?? "\(id.rawValue)-model"
        self.script = script
    }

    /// Always takes the same steps.
    package convenience init(_ id: ProviderID, model: String? = nil, _ steps: Step...) {
        self.init(id, model: model) { _, _ in steps }
    }

    /// What it was asked so far.
    package var asked: [ChatRequest] { requests.withLock { $0 } }

    package func answer(
        _ request: ChatRequest,
        onText: @escaping @Sendable (String) async throws -> Void
    ) async throws -> ChatCompletion {
        if !scriptsJSON, request.responseFormat != .text {
            try await onText(Self.openVerdict)
            return ChatCompletion(finishReason: .stop, usage: Self.usage, model: model)
        }
        let number = requests.withLock { requests in
            requests.append(request)
            return requests.count
        }
        var reason = FinishReason.stop
        for step in script(request, number) {
            switch step {
            case .say(let text): try await onText(text)
            case .wait(let gate): try await gate.opened()
            case .fail(let fault): throw ProviderError(provider: id, fault: fault)
            case .cut: reason = .length
            case .hang: try await Gate().opened()
            }
        }
        return ChatCompletion(finishReason: reason, usage: Self.usage, model: model)
    }
}
