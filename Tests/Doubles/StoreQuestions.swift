package import Domain
package import Store

/// What tests ask of a store.
extension Store {
    /// Waits for the discussion to look as `condition` says, looking again at each of its events.
    package func transcript(
        _ id: DiscussionID,
        of person: PersonID,
        when condition: @Sendable (Transcript) -> Bool
    ) async throws -> Transcript {
        while true {
            let waiter = bell.arm(id)
            if let transcript = try await read({ reader in try reader.findTranscript(id, of: person) }),
                condition(transcript)
            {
                waiter.disarm()
                return transcript
            }
            _ = await waiter.wait(atMost: .seconds(30))
            try Task.checkCancellation()
        }
    }

    /// All events of a discussion so far.
    package func events(of id: DiscussionID, after cursor: Int = 0) async throws -> [Event] {
        try await read { reader in try reader.listEvents(of: id, after: cursor, limit: 100_000) }
    }

    /// A person of this name, made if there is none.
    package func person(named name: String) async throws -> Person {
        try await write { writer in
            if let person = try writer.reader.findPerson(named: name) { return person }
            let person = Person(id: .random(), name: name)
            try writer.insert(person)
            return person
        }
    }
}
