import Domain
import Providers

/// Every provider of the chain has failed, or none may see this discussion's words.
struct Voiceless: Error {
    let code: ErrorCode
    /// In a person's words; a vendor's own word for its fault may be among them.
    let message: Private

    init(code: ErrorCode, message: String) {
        self.code = code
        self.message = Private(message)
    }

    /// - Parameter failures: why each provider of the chain could not, in its order.
    init(_ failures: [ProviderError], place: Place) {
        guard let first = failures.first else {
            code = .noProvider
            message = Private(
                place == .house
                    ? "This discussion stays in the house, and no local model server is configured."
                    : "No provider is configured that could speak for this seat."
            )
            return
        }
        if failures.allSatisfy(\.isRest) {
            code = .noProvider
        } else {
            code = failures.allSatisfy { $0.isTimeout || $0.isRest } ? .providerTimeout : .providerError
        }
        let sentences = failures.map(\.sentence).joined(separator: " ")
        message = Private(failures.count == 1 ? first.sentence : "No provider could answer. \(sentences)")
    }

    init(_ exceeded: BudgetExceeded) {
        code = .budgetExceeded
        message = Private(exceeded.sentence)
    }
}

extension ProviderError {
    fileprivate var isRest: Bool {
        if case .breakerOpen = fault { true } else { false }
    }

    fileprivate var isTimeout: Bool { fault == .timeout || fault == .stalled }
}
