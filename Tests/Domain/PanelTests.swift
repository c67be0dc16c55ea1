import Domain
import Foundation
import Testing

@Suite("A panel")
struct PanelTests {
    static let models: [ProviderID: String] = [
        .groq: "g", .mistral: "m", .openrouter: "o", .local: "l",
    ]

    struct Case: Sendable, CustomTestStringConvertible {
        let configured: Set<ProviderID>
        let seated: [ProviderID]

        init(_ configured: Set<ProviderID>, _ seated: [ProviderID]) {
            (self.configured, self.seated) = (configured, seated)
        }

        var testDescription: String { configured.map(\.rawValue).sorted().joined(separator: " and ") }
    }

    static let cases: [Case] = [
        Case([.groq, .mistral, .openrouter, .local], [.mistral, .groq, .openrouter]),
        Case([.groq, .mistral, .openrouter], [.mistral, .groq, .openrouter]),
        Case([.groq, .mistral, .local], [.mistral, .groq, .groq]),
        Case([.groq, .openrouter, .local], [.groq, .groq, .openrouter]),
        Case([.mistral, .openrouter, .local], [.mistral, .mistral, .openrouter]),
        Case([.groq, .mistral], [.mistral, .groq, .groq]),
        Case([.groq, .openrouter], [.groq, .groq, .openrouter]),
        Case([.mistral, .openrouter], [.mistral, .mistral, .openrouter]),
        Case([.groq, .local], [.groq, .groq, .groq]),
        Case([.mistral, .local], [.mistral, .mistral, .mistral]),
        Case([.openrouter, .local], [.openrouter, .openrouter, .openrouter]),
        Case([.groq], [.groq, .groq, .groq]),
        Case([.mistral], [.mistral, .mistral, .mistral]),
        Case([.openrouter], [.openrouter, .openrouter, .openrouter]),
        Case([.local], [.local, .local, .local]),
    ]

    @Test(
        "seats each persona on its own provider if it is configured, else on the first in the chain",
        arguments: cases
    )
    func assignment(_ given: Case) throws {
        let panel = try #require(Panel(models: Self.models.filter { given.configured.contains($0.key) }))
        #expect(panel.seats.map(\.provider) == given.seated)
        #expect(panel.seats.map(\.model) == given.seated.map { Self.models[$0] })
        #expect(panel.seats.map(\.persona) == [.analyzer, .solver, .moderator])
        #expect(panel.seats.map(\.seat) == [1, 2, 3])
    }

    @Test("is not there when no provider is configured")
    func nobody() {
        #expect(Panel(models: [:]) == nil)
    }

    @Test("falls back from a seat's provider to groq, mistral, openrouter and local, in this order")
    func chains() {
        #expect(ProviderID.chain(from: .groq) == [.groq, .mistral, .openrouter, .local])
        #expect(ProviderID.chain(from: .mistral) == [.mistral, .groq, .openrouter, .local])
        #expect(ProviderID.chain(from: .openrouter) == [.openrouter, .groq, .mistral, .local])
        #expect(ProviderID.chain(from: .local) == [.local, .groq, .mistral, .openrouter])
    }

    @Test("counts turns over the whole discussion")
    func turns() {
        let seats = (1...3).map { Seat(seat: $0, persona: .analyzer, provider: .local, model: "l") }
        let turns = (1...3).flatMap { round in seats.map { $0.turn(inRound: round, panelSize: 3) } }
        #expect(turns == Array(1...9))
    }

    @Test("is of one model, or of one family, only when all seats share it")
    func kinship() throws {
        func discussion(_ models: [ProviderID: String]) throws -> Discussion {
            Discussion(
                id: .random(),
                owner: .random(),
                topic: "Why?",
                place: .any,
                panel: try #require(Panel(models: models)),
                status: .running,
                activity: .round,
                roundLimit: 20,
                createdAt: .init(timeIntervalSince1970: 0),
                updatedAt: .init(timeIntervalSince1970: 0)
            )
        }
        #expect(try discussion([.local: "one"]).panel.kinship == .oneModel)
        #expect(try discussion([.groq: "one", .openrouter: "one"]).panel.kinship == .oneModel)
        #expect(try discussion([.groq: "one", .openrouter: "two"]).panel.kinship == nil)
        #expect(try discussion([.groq: "3", .openrouter: "4"]).panel.kinship == nil)
        let siblings = [
            ProviderID.groq: "llama-3.3-70b-versatile", .mistral: "Llama3.1:8b",
            .openrouter: "meta-llama/llama-4-scout",
        ]
        #expect(try discussion(siblings).panel.kinship == .oneFamily("llama"))
        var mixed = siblings
        mixed[.mistral] = "mistral-small-latest"
        #expect(try discussion(mixed).panel.kinship == nil)
    }
}
