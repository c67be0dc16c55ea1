/// Someone who owns discussions.
package struct Person: Sendable, Hashable {
    /// The one person of a site without sign-in is called so.
    package static let localName = "local"

    package let id: PersonID
    package let name: String

    package init(id: PersonID, name: String) {
        self.id = id
        self.name = name
    }
}
