import Domain
import Engine
import Foundation
import Hummingbird

extension Site {
    /// `GET /status`: what is up, and why not; as JSON the same as `/health`.
    @Sendable func statusPage(_ request: Request, _ context: SiteContext) async throws -> Response {
        let keepsSite = try context.asker.get().role == .admin
        let whole = await healthJSON()
        let report = keepsSite ? whole : whole.brief
        guard !request.wantsJSON else { return try .json(report) }
        let view = StatusView(
            report,
            engine.providers,
            tellsAll: keepsSite,
            layout: layout(title: "What is up", context)
        )
        return try page("status-page", view)
    }
}

private struct StatusView {
    struct Entry {
        let name: String
        let status: String
        let statusWords: String
        let detail: String
        let more: String?
    }

    let layout: Layout
    let home: String
    let status: String
    let sentence: String
    /// What to do about it.
    let next: String?
    let health: String
    let parts: [Entry]
    let providers: [Entry]
    let noProvider: Bool

    init(_ report: HealthJSON, _ states: [ProviderState], tellsAll: Bool, layout: Layout) {
        self.layout = layout
        home = Links.start
        status = report.status.rawValue
        sentence =
            switch report.status {
            case .ok: "Everything answers."
            case .degraded:
                states.contains(where: \.isWell)
                    ? "Discussions can be held, but not everything answers."
                    : "No language model answers at the moment: a discussion that is started waits for one."
            case .down: "No discussion can be held at the moment."
            }
        next =
            switch report.status {
            case .ok: nil
            case .degraded: "What was acknowledged is kept. Below stands which part does not answer, and why."
            case .down:
                "Nothing that was acknowledged is lost. Below stands why; whoever runs this site can help."
            }
        health = Links.health
        func entry(_ name: String, _ component: HealthJSON.Component, _ more: String? = nil) -> Entry {
            Entry(
                name: name,
                status: component.status.rawValue,
                statusWords: component.status.words,
                detail: component.detail,
                more: more
            )
        }
        var parts = [
            entry("Database", report.components.database), entry("memcached", report.components.memcached),
            entry("Virus scanner", report.components.scanner),
        ]
        if let pdf = report.components.pdf { parts.append(entry("PDF", pdf)) }
        if let backups = report.components.backups { parts.append(entry("Backups", backups)) }
        self.parts = parts
        providers = states.compactMap { state in
            report.components.providers[state.id.rawValue].map {
                entry(state.id.displayName, $0, tellsAll ? state.history : nil)
            }
        }
        noProvider = providers.isEmpty
    }
}

extension HealthJSON.Status {
    fileprivate var words: String {
        switch self {
        case .ok: "up"
        case .degraded: "degraded"
        case .down: "down"
        }
    }
}

extension ProviderState {
    /// What it has done since the start; nil while it was not asked.
    fileprivate var history: String? {
        var parts: [String] = []
        if requests > 0 {
            let asked = requests == 1 ? "1 request" : "\(requests) requests"
            parts.append("\(asked) since the start, \(failures) failed, \(retries) tried again.")
        }
        if let pace {
            parts.append("Held to \(max(1, Int(pace))) requests a minute, as it asked for.")
        }
        if waiting > 0 { parts.append("\(waiting) wait for room.") }
        if let lastFailure, condition == .up {
            parts.append("Last failure, \(TimeView(lastFailure.at).people): \(lastFailure.sentence)")
        }
        return parts.isEmpty ? nil : parts.joined(separator: " ")
    }
}
