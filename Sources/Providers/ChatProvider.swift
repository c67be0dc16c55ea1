package import Domain

/// Something that answers a prompt, word by word.
package protocol ChatProvider: Sendable {
    var id: ProviderID { get }
    /// The model that is asked for; the completion names the one that answered.
    var model: String { get }

    /// Asks once, hands on each piece of text as it comes, and returns when the answer is complete.
    ///
    /// The next piece is read only when `onText` has returned, so a slow reader slows the provider down
    /// instead of filling memory. Cancelling the task ends the request at the provider.
    ///
    /// - Throws: `ProviderError`, whatever `onText` throws, and `CancellationError`. Text that was handed on
    ///   before stays said: whether to start the message again is the caller's choice.
    func answer(
        _ request: ChatRequest,
        onText: @escaping @Sendable (String) async throws -> Void
    ) async throws -> ChatCompletion
}
