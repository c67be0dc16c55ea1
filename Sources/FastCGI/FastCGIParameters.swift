/// The parameters of a request, as nginx's `fastcgi_param` lines set them.
package struct FastCGIParameters: Sendable {
    private let pairs: [(name: String, value: String?)]
    let late = LateBody.Slot()

    init(pairs: [(name: String, value: String?)]) {
        self.pairs = pairs
    }

    /// The value of a parameter; nil if it was not sent, or is not valid UTF-8.
    ///
    /// Of a parameter sent twice the last value counts, as a later `fastcgi_param` overrides an earlier one;
    /// if that is not valid UTF-8 the parameter counts as not sent, never as its earlier value.
    package subscript(name: String) -> String? {
        pairs.last { $0.name == name }?.value
    }

    /// Has the body of the response that is about to be returned come later, by `body`.
    ///
    /// What the response itself has for a body is left out. Ignored where there is no later: an answer to HEAD.
    package func answerLater(_ body: LateBody) { late.set(body) }
}
