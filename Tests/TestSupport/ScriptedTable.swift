import Foundation

/// A model for a whole discussion: it knows from the prompt what it is asked, and answers the same each time.
package enum ScriptedTable {
    package enum Task: Sendable {
        case seat(persona: String)
        case questions
        case summary
        case verdict
    }

    package static let questions = """
        Here they are:
        ```json
        {"questions":[{"text":"How big is the team?","options":["Two","Ten"]},
        {"text":"What matters most?","options":["Speed","Safety","Cost"]}]}
        ```
        """
    package static let summary = "They weighed **speed** against safety."
    package static let open = """
        {"resolved":false,"conclusion":"Not yet.","agree":[],"dissent":[],"open_questions":["How big?"]}
        """
    package static let closed = """
        {"resolved":true,"conclusion":"Start *small*.","agree":["Analyzer","Solver"],\
        "dissent":[{"persona":"Moderator","view":"Start large."}],"open_questions":["When?"]}
        """

    package static func task(of request: ScriptedProvider.RecordedRequest) -> Task {
        let system = request.messages.first?.content ?? ""
        if system.contains("multiple-choice questions") { return .questions }
        if system.contains("Sum up the discussion") { return .summary }
        if system.contains("You judge whether") { return .verdict }
        let persona = system.split(separator: " ").dropFirst(2).first.map { $0.dropLast() } ?? ""
        return .seat(persona: String(persona))
    }

    /// The answer to a request, by what it asks for.
    package static func answer(
        _ request: ScriptedProvider.RecordedRequest,
        verdict: String = open,
        pause: Duration? = nil
    ) -> [ScriptedProvider.Step] {
        switch task(of: request) {
        case .questions: .answer(questions)
        case .summary: .answer(summary)
        case .verdict: .answer(verdict)
        case .seat(let persona): .answer(speech(of: persona, request), pause: pause)
        }
    }

    /// What a persona says: it depends on the prompt alone, so an undisturbed and a disturbed run can be compared.
    private static func speech(of persona: String, _ request: ScriptedProvider.RecordedRequest) -> String {
        let prompt = request.messages.map(\.content).joined()
        let hash = prompt.utf8.reduce(into: UInt64(14_695_981_039_346_656_037)) { hash, byte in
            hash = (hash ^ UInt64(byte)) &* 1_099_511_628_211
        }
        return "\(persona) thinks about this carefully and says \(String(hash, radix: 36))."
    }
}

extension ScriptedTable {
    package static func isSeat(_ request: ScriptedProvider.RecordedRequest, _ persona: String) -> Bool {
        if case .seat(persona) = task(of: request) { true } else { false }
    }
}

extension ScriptedProvider {
    /// What seats were asked, in order.
    package var seatPrompts: [String] {
        chats.filter { if case .seat = ScriptedTable.task(of: $0) { true } else { false } }
            .compactMap { $0.messages.last?.content }
    }
}
