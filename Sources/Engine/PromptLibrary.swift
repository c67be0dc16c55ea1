import Domain
import Foundation

/// The prompts as they were shipped.
///
/// They are data: files under Prompts, embedded at build.
enum PromptLibrary {
    /// Stored with each message.
    ///
    /// It rises with every change of a file or of how prompts are put together.
    static let version = "2"

    private static let seat = text(PackageResources.seat_txt)
    private static let duties: [Persona: String] = [
        .analyzer: text(PackageResources.duty_analyzer_txt),
        .solver: text(PackageResources.duty_solver_txt),
        .moderator: text(PackageResources.duty_moderator_txt),
    ]

    static let questions = text(PackageResources.questions_txt)
    static let summary = text(PackageResources.summary_txt)
    static let verdict = text(PackageResources.verdict_txt)
    static let repair = text(PackageResources.repair_txt)

    private static func text(_ bytes: [UInt8]) -> String {
        String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// What a persona is told about itself.
    static func system(for persona: Persona, voices: Int) -> String {
        seat
            .replacing("{{persona}}", with: persona.name)
            .replacing("{{voices}}", with: String(voices))
            .replacing("{{duty}}", with: duties[persona] ?? "")
    }
}
