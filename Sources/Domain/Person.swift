/// Someone who owns discussions.
package struct Person: Sendable, Hashable {
    package let id: PersonID
    package let name: String

    package init(id: PersonID, name: String) {
        self.id = id
        self.name = name
    }
}
