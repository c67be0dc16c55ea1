import Domain
import Doubles
import Engine
import Foundation
import Logging
import Providers
import Store

/// An engine over a store, with scripted voices, and one person who starts discussions.
struct Table {
    let store: Store
    let person: PersonID
    let engine: Engine

    init(
        store: Store,
        voices: [ScriptedVoice],
        limits: Engine.Limits = .init(),
        files: FilesDirectory? = nil,
        now: @escaping @Sendable () -> Date = { Date() }
    ) async throws {
        try await self.init(
            store: store,
            providers: guarded(voices),
            limits: limits,
            files: files,
            now: now
        )
    }

    init(
        store: Store,
        providers: [GuardedProvider],
        limits: Engine.Limits = .init(),
        files: FilesDirectory? = nil,
        now: @escaping @Sendable () -> Date = { Date() }
    ) async throws {
        self.store = store
        person = try await store.write { writer in try writer.findOrInsertLocalPerson() }.id
        engine = Engine(
            store: store,
            providers: providers,
            limits: limits,
            files: files,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            now: now
        )
    }

    func command(_ id: String, _ name: String = "start-dialogue", hash: String = "h") -> Command {
        Command(id: id, name: name, person: person, hash: hash)
    }

    func start(_ topic: String = "Why is the sky blue?", place: Place = .any) async throws -> DiscussionID {
        try await engine.start(command("start-\(topic)"), topic: topic, place: place).discussion
    }

    @discardableResult
    func proceed(_ id: DiscussionID, _ command: String) async throws -> Acknowledgement {
        try await engine.proceed(self.command(command, "proceed-dialogue"), discussion: id)
    }

    /// The discussion as it stands.
    func now(_ id: DiscussionID) async throws -> Transcript {
        try await store.transcript(id, of: person) { _ in true }
    }

    /// The discussion as soon as it waits for its person.
    func waiting(_ id: DiscussionID) async throws -> Transcript {
        try await store.transcript(id, of: person) { $0.discussion.status == .waiting }
    }

    /// The discussion as soon as the message that is being spoken has these words in the store.
    func speaking(_ id: DiscussionID, _ words: String) async throws -> Transcript {
        try await store.transcript(id, of: person) { $0.speaking?.content == words }
    }

    func events(_ id: DiscussionID, after cursor: Int = 0) async throws -> [Event] {
        try await store.events(of: id, after: cursor)
    }
}

/// A table in a database of its own; the engine has ended before the store closes.
@discardableResult
func withTable<Result>(
    _ voices: [ScriptedVoice],
    limits: Engine.Limits = .init(),
    _ body: (Table) async throws -> Result
) async throws -> Result {
    try await withStore { store in
        let table = try await Table(store: store, voices: voices, limits: limits)
        do {
            let result = try await body(table)
            await table.engine.close(grace: .zero)
            return result
        } catch {
            await table.engine.close(grace: .zero)
            throw error
        }
    }
}

/// A voice that numbers its answers: "groq 1", "groq 2".
func counting(_ id: ProviderID) -> ScriptedVoice {
    ScriptedVoice(id) { _, number in [.say("\(id.rawValue) \(number)")] }
}

/// The three vendors, each numbering its answers.
func vendors() -> [ScriptedVoice] { [counting(.mistral), counting(.groq), counting(.openrouter)] }

extension ChatRequest {
    /// Who is asked to speak.
    var persona: Persona? {
        Persona.allCases.first { messages.first?.content.hasPrefix("You are \($0.name),") == true }
    }

    /// What the person's side of the prompt says.
    var material: String { messages.last?.content ?? "" }
}
