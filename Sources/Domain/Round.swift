/// Every seat speaking once, in order.
package struct Round: Sendable, Hashable {
    /// From 1.
    package let number: Int
    package var complete: Bool
    package var messages: [Message]

    package init(number: Int, complete: Bool, messages: [Message]) {
        self.number = number
        self.complete = complete
        self.messages = messages
    }
}
