import Domain
import Engine

/// Who will answer, and where the words may go: what a person is told before a discussion starts.
struct StartOffer {
    struct Speaker {
        let seat: SeatView
        /// `ok`, `degraded` or `down`, as on the status page.
        let status: String
        let statusWords: String
        /// Who answers in its place, or why nobody does.
        let detail: String?
    }

    let speakers: [Speaker]
    let kinship: String?
    let estimate: String?
    /// Both places can be chosen.
    let offersHouse: Bool
    /// Where the words go when nothing is chosen; nil where there is a choice, or nobody.
    let place: String?
    /// Whom the words may go to, by name.
    let providers: String
    /// The model of the house's own server.
    let houseModel: String?
    let nobody: String?
    let status: String

    init(_ engine: Engine, staysInHouse: Bool, takesFiles: Bool) {
        let usual: Place = staysInHouse ? .house : .any
        let panel = engine.panel(place: usual)
        speakers = (panel?.seats ?? []).map { Speaker($0, engine.providers(for: $0, place: usual)) }
        kinship = panel?.kinshipNote
        estimate = CostNote(engine, place: usual, takesFiles: takesFiles).words
        houseModel = engine.models[.local]
        offersHouse = houseModel != nil && engine.models.count > 1
        let names = ProviderID.allCases.filter { engine.models[$0] != nil }
            .map { $0 == .local ? "our own model server" : $0.displayName }
        providers = names.formatted
        status = Links.status
        if panel == nil {
            nobody =
                engine.models.isEmpty
                ? "No language model is configured, so no discussion can be started."
                : "Words stay in the house here, and no local model server is configured: no discussion can be "
                    + "started."
        } else {
            nobody = nil
        }
        place =
            if panel == nil || offersHouse {
                nil
            } else if houseModel != nil {
                "Every word stays with the local model server."
            } else {
                "Your words go to \(names.formatted)."
            }
    }
}

extension StartOffer.Speaker {
    /// - Parameter chain: the seat's own provider, then those that stand in for it.
    init(_ seat: Seat, _ chain: [ProviderState]) {
        self.seat = SeatView(seat)
        let answers = chain.first(where: \.isWell)
        if let answers, answers.id == seat.provider {
            (status, statusWords, detail) = (
                "ok", answers.condition == .unknown ? "not asked yet" : "up", nil
            )
        } else if let answers {
            (status, statusWords) = ("degraded", "degraded")
            detail = "\(answers.id.displayName) answers in its place"
        } else {
            (status, statusWords) = ("down", "down")
            detail = "nobody answers in its place"
        }
    }
}

extension Panel {
    /// What a reader should know where all seats speak through one model, or through siblings.
    var kinshipNote: String? {
        let viewpoints = ["", "One viewpoint", "Two viewpoints", "Three viewpoints"]
        let subject = seats.count < viewpoints.count ? viewpoints[seats.count] : "\(seats.count) viewpoints"
        return switch kinship {
        case .oneModel: "\(subject), one model: not independent checks."
        case .oneFamily(let name): "\(subject), one family of models (\(name)): not independent checks."
        case nil: nil
        }
    }
}

extension [String] {
    /// `a`, `a and b`, `a, b and c`.
    fileprivate var formatted: String {
        guard let last, count > 1 else { return first ?? "" }
        return "\(dropLast().joined(separator: ", ")) and \(last)"
    }
}
