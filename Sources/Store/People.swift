package import Domain
import GRDB

extension StoreReader {
    /// The person of this name, if there is one.
    package func findPerson(named name: String) throws -> Person? {
        try Row.fetchOne(db, sql: "SELECT id, name FROM users WHERE name = ?", arguments: [name])
            .map { Person(id: PersonID(rawValue: $0["id"]), name: $0["name"]) }
    }
}

extension StoreWriter {
    package func insert(_ person: Person) throws {
        try db.execute(
            sql: "INSERT INTO users (id, name, created_at) VALUES (?, ?, ?)",
            arguments: [person.id.rawValue, person.name, now.milliseconds]
        )
    }

    /// The one person of a site without sign-in, made on the first start.
    package func findOrInsertLocalPerson() throws -> Person {
        if let person = try reader.findPerson(named: Person.localName) { return person }
        let person = Person(id: .random(), name: Person.localName)
        try insert(person)
        return person
    }
}
