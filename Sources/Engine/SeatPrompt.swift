package import Domain
package import Providers

/// What a seat is asked when its turn comes.
package enum SeatPrompt {
    /// The messages of the request: who the persona is, the material, and the call to speak.
    package static func build(for seat: Seat, round: Int, in transcript: Transcript) -> [ChatMessage] {
        let panel = transcript.discussion.panel.seats
        var parts = [Material.block("topic", transcript.discussion.topic)]
        for earlier in transcript.rounds where earlier.number < round && earlier.complete {
            parts.append("Round \(earlier.number):")
            parts += earlier.messages.map(said)
        }
        let now = transcript.rounds.first { $0.number == round }?.messages.filter(\.finished) ?? []
        if !now.isEmpty {
            parts.append("Said so far in this round:")
            parts += now.map(said)
        }
        parts.append(
            now.isEmpty
                ? "You open this round. Speak now, \(seat.persona.name)."
                : "Speak now, \(seat.persona.name).")
        return [
            ChatMessage(
                role: .system, content: PromptLibrary.system(for: seat.persona, voices: panel.count)),
            ChatMessage(role: .user, content: parts.joined(separator: "\n\n")),
        ]
    }

    private static func said(_ message: Message) -> String {
        Material.block("message", from: message.persona.name, message.content)
    }
}
