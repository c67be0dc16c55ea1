import Domain
import Doubles
import Engine
import Providers
import Store
import Synchronization
import TestSupport
import Testing

@Suite("Old state and events", .timeLimit(.minutes(5)))
struct ReplayTests {
    @Test("are the state fetched anew, from every moment of two rounds to every later one")
    func replay() async throws {
        let gates = Persona.allCases.reduce(into: [:]) { $0[$1] = (0..<8).map { _ in Gate() } }
        let spoken = ["Né ", "👋 and", " so on"]
        let phase = Mutex(1)
        func voice(_ id: ProviderID, fails: Bool = false) -> ScriptedVoice {
            ScriptedVoice(id) { request, number in
                guard let persona = request.persona, let gates = gates[persona] else { return [] }
                let steps = zip(spoken, gates).flatMap { [ScriptedVoice.Step.say($0), .wait($1)] }
                // In the second round the moderator loses its voice at first: the table waits in between.
                if persona == .moderator, phase.withLock({ $0 }) == 2 {
                    return [.say("half"), .wait(gates[7]), .fail(.cutOff)]
                }
                return fails && number == 1 ? [.say("lost"), .wait(gates[6]), .fail(.cutOff)] : steps
            }
        }
        try await withTable([voice(.mistral), voice(.groq, fails: true), voice(.openrouter)]) { table in
            let id = try await table.start()
            var snapshots: [Transcript] = []
            for end in 1...3 {
                phase.withLock { $0 = end }
                if end > 1 { try await table.proceed(id, "p\(end)") }
                var over = false
                while !over {
                    let seen = snapshots.last?.cursor ?? 0
                    let now = try await table.store.transcript(id, of: table.person) { $0.cursor > seen }
                    snapshots.append(now)
                    over = now.discussion.status == .waiting
                    // Whoever speaks goes on as soon as its words have been seen.
                    guard let message = now.speaking, let gates = gates[message.persona] else { continue }
                    if message.content == "lost" { gates[6].open() }
                    if message.content == "half" { gates[7].open() }
                    for count in spoken.indices where message.content == spoken[...count].joined() {
                        gates[count].open()
                    }
                }
            }
            #expect(snapshots.last?.rounds.count == 2)
            let events = try await table.events(id)
            #expect(events.contains { $0.body.type == "error" })
            #expect(events.contains { $0.body.type == "message-restart" })
            #expect(snapshots.count > 12)

            let pictures =
                [(cursor: 0, picture: Picture())]
                + snapshots.map { (cursor: $0.cursor, picture: Picture($0)) }
            for (index, start) in pictures.enumerated() {
                var picture = start.picture
                var rest = events.drop { $0.id <= start.cursor }
                for later in pictures.dropFirst(max(index, 1)) {
                    while let event = rest.first, event.id <= later.cursor {
                        picture.apply(event.body)
                        rest = rest.dropFirst()
                    }
                    #expect(picture == later.picture, "from \(start.cursor) to \(later.cursor)")
                }
            }
        }
    }
}
