/// A value that must never be shown: printing it tells only whether there is one.
package struct Secret: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    private let value: String

    package init(_ value: String) {
        self.value = value
    }

    /// The value itself, for the one place that sends it.
    package func reveal() -> String { value }

    package var description: String { value.isEmpty ? "" : "(set)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
