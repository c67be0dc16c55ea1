import Domain
import Foundation

/// A seat as pages name it.
struct SeatView {
    let seat: Int
    let persona: String
    let purpose: String
    let providerID: String
    let provider: String
    let model: String

    init(_ seat: Seat) {
        self.seat = seat.seat
        persona = seat.persona.name
        purpose = seat.persona.purpose
        providerID = seat.provider.rawValue
        provider = seat.provider.displayName
        model = seat.model
    }
}

/// What a provider, as events name it, is called on pages.
struct ProviderName {
    let id: String
    let name: String
}

/// An instant: for machines, and for people in UTC.
struct TimeView {
    let machine: String
    let people: String

    init(_ date: Date) {
        machine = date.iso8601
        let parts = machine.split(separator: "T")
        people = "\(parts[0]) \(parts[1].prefix(5)) UTC"
    }
}

extension DiscussionStatus {
    /// In a person's words.
    var words: String {
        switch self {
        case .running: "the table is speaking"
        case .waiting: "your turn"
        case .resolved: "resolved"
        }
    }
}
