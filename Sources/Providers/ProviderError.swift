package import Domain

/// Why a provider did not answer.
///
/// It carries no text of the vendor's: bodies echo prompts, and now and then keys.
package struct ProviderError: Error, Sendable, Equatable {
    package let provider: ProviderID
    package let fault: Fault

    package init(provider: ProviderID, fault: Fault) {
        self.provider = provider
        self.fault = fault
    }

    /// What went wrong.
    package enum Fault: Sendable, Equatable {
        /// No connection, or none that was answered on.
        case unreachable(Unreachable)
        /// The whole answer took longer than the endpoint's timeout.
        case timeout
        /// Not one byte for the length of the stall limit.
        case stalled
        /// 429, with what Retry-After said.
        case rateLimited(retryAfter: Duration?)
        /// 408, 409, 5xx, or an error in mid-stream: the provider's own trouble.
        case unavailable(status: Int, retryAfter: Duration?)
        /// The key is missing or wrong.
        case unauthorized
        /// The key is good, but not for this.
        case forbidden
        /// The account has no credit.
        case unpaid
        /// The provider does not know the model, or no longer.
        case unknownModel
        /// There is no chat service at the base URL, or it redirects elsewhere.
        case wrongAddress
        /// The prompt is longer than the model's context; with both lengths, where the server told them.
        case contextOverflow(ContextLengths?)
        /// The provider or model cannot answer in the response format that was asked for.
        case formatRefused
        /// Any other refusal; `code` is the vendor's machine-readable one, if it is harmless.
        case rejected(status: Int, code: String?)
        /// The stream ended before the answer did.
        case cutOff
        /// What came is not a stream of chat chunks.
        case malformed(Malformation)
        /// An answer that ended without a single character.
        case emptyAnswer
        /// Nothing was sent: the provider has failed several times in a row and is left alone for so long.
        case breakerOpen(rest: Duration)
    }

    /// How long a prompt was and how long it may be, in the server's tokens.
    package struct ContextLengths: Sendable, Equatable {
        package let prompt: Int
        package let context: Int

        package init(prompt: Int, context: Int) {
            self.prompt = prompt
            self.context = context
        }
    }

    /// How far a connection got.
    package enum Unreachable: Sendable, Equatable {
        case unknownHost, refused, connectTimeout, insecure, other
    }

    /// In which way it was no stream of chat chunks.
    package enum Malformation: Sendable, Equatable {
        /// A page or a document instead of a stream.
        case notAStream
        case invalidJSON
        /// A line, an event or the answer is larger than any real one.
        case tooLarge
    }

    /// Whether the same provider may well answer the same request a moment later.
    package var isTransient: Bool {
        switch fault {
        case .unreachable, .timeout, .stalled, .rateLimited, .unavailable, .cutOff, .emptyAnswer,
            .malformed(.invalidJSON), .malformed(.tooLarge):
            true
        case .unauthorized, .forbidden, .unpaid, .unknownModel, .wrongAddress, .malformed(.notAStream),
            .contextOverflow, .formatRefused, .rejected, .breakerOpen:
            false
        }
    }

    /// Whether another request, of any kind, may expect the same: what a circuit breaker counts.
    ///
    /// A 429 is not: it has its own remedy, the pace. A 403 may be about the words that were sent.
    package var isProvidersFault: Bool {
        switch fault {
        case .unreachable, .timeout, .stalled, .unavailable, .cutOff, .emptyAnswer, .malformed,
            .unauthorized, .unpaid, .unknownModel, .wrongAddress:
            true
        case .rateLimited, .forbidden, .contextOverflow, .formatRefused, .rejected, .breakerOpen:
            false
        }
    }

    /// How long the provider asked us to wait.
    package var retryAfter: Duration? {
        switch fault {
        case .rateLimited(let pause), .unavailable(_, let pause): pause
        default: nil
        }
    }
}
