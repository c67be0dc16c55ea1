import Cache
import Domain
import Engine
import HTTPTypes
import Hummingbird
import Scanning
import Store
import Uploads

extension Site {
    /// `GET /health`: a status per component; 200 while discussions can be started, else 503.
    ///
    /// With `live=1` only whether this process answers at all, which depends on nothing else: whoever restarts a
    /// process that does not answer must not do so because a disk is full (decision 0095).
    @Sendable func healthReport(_ request: Request, _ context: SiteContext) async throws -> Response {
        if request.uri.queryParameters["live"] == "1" { return try .json(["status": "ok"]) }
        let whole = await healthJSON()
        // Details are for the machine itself and those who keep the site: they tell of its inside.
        let isAdmin = (try? context.asker.get().role) == .admin
        let report = isAdmin || context.isFromThisMachine ? whole : whole.brief
        return try .json(report, status: report.status == .down ? .serviceUnavailable : .ok)
    }

    func healthJSON() async -> HealthJSON {
        HealthJSON(
            components: .init(
                database: await databaseHealth(),
                memcached: await memcachedHealth(),
                scanner: scannerHealth(),
                backups: await backupsHealth(),
                pdf: pdfHealth(),
                providers: await providersHealth()
            )
        )
    }

    private func databaseHealth() async -> HealthJSON.Component {
        do {
            _ = try await store.read { reader in try reader.newestEvent() }
            return .init(status: .ok, detail: "answers")
        } catch {
            return .init(status: .down, detail: "does not answer; see the log")
        }
    }

    private func memcachedHealth() async -> HealthJSON.Component {
        guard let cache else { return .init(status: .degraded, detail: "MEMCACHED_SERVERS is not set") }
        return switch await cache.reachability() {
        case .up: .init(status: .ok, detail: "answers")
        case .down(let reason): .init(status: .degraded, detail: reason.lowercased())
        }
    }

    private func scannerHealth() -> HealthJSON.Component {
        let report = scanner.report
        let status: HealthJSON.Status =
            switch report.status {
            case .ok: .ok
            case .degraded: .degraded
            case .down: .down
            }
        return .init(status: status, detail: report.detail)
    }

    private func pdfHealth() -> HealthJSON.Component? {
        uploads.map { uploads in
            guard let fault = uploads.readingFault else { return .init(status: .ok, detail: "can be read") }
            return .init(status: .degraded, detail: fault)
        }
    }

    private func providersHealth() async -> [String: HealthJSON.Component] {
        Dictionary(
            uniqueKeysWithValues: await health.report().map { state in
                (
                    state.id.rawValue,
                    .init(status: state.isWell ? .ok : .degraded, detail: state.words)
                )
            }
        )
    }
}

extension ProviderState {
    /// Whether the next answer may be expected from it.
    var isWell: Bool {
        switch condition {
        case .up, .reachable, .unknown: true
        case .failing, .limited, .resting: false
        }
    }

    /// In a person's words.
    var words: String {
        switch condition {
        case .unknown: "was not asked yet"
        case .up: "answers with \(model)"
        case .reachable: "can be reached; \(model) was not asked to speak yet"
        case .limited(let pause):
            "asks us to wait for another \(Int((pause / .seconds(1)).rounded(.up))) s"
        case .failing: lastFailure?.sentence ?? "does not answer"
        case .resting(let rest):
            "is left alone for another \(Int((rest / .seconds(1)).rounded(.up))) s after failing several "
                + "times in a row. \(lastFailure?.sentence ?? "")"
        }
    }
}

struct HealthJSON: Encodable {
    enum Status: String, Encodable, Comparable {
        case ok, degraded, down

        static func < (one: Self, other: Self) -> Bool { one.rank < other.rank }

        /// All that is told to those who do not keep the site.
        fileprivate var gist: String {
            switch self {
            case .ok: "answers"
            case .degraded: "does not do all that it should"
            case .down: "does not answer"
            }
        }

        private var rank: Int {
            switch self {
            case .ok: 0
            case .degraded: 1
            case .down: 2
            }
        }
    }

    struct Component: Encodable {
        let status: Status
        let detail: String
    }

    struct Components: Encodable {
        let database: Component
        let memcached: Component
        let scanner: Component
        /// Absent where this process makes none.
        let backups: Component?
        /// What the text of PDFs is read with; nil where no files are taken.
        let pdf: Component?
        let providers: [String: Component]
    }

    let status: Status
    let components: Components

    /// Without the details.
    var brief: HealthJSON {
        func brief(_ component: Component) -> Component {
            .init(status: component.status, detail: component.status.gist)
        }
        return HealthJSON(
            components: .init(
                database: brief(components.database),
                memcached: brief(components.memcached),
                scanner: brief(components.scanner),
                backups: components.backups.map(brief),
                pdf: components.pdf.map(brief),
                providers: components.providers.mapValues(brief)
            )
        )
    }

    init(components: Components) {
        self.components = components
        let providers = components.providers.values.map(\.status)
        // Without any provider no discussion can be started.
        let table: Status = providers.isEmpty ? .down : providers.max() ?? .ok
        // Without a scanner no file is accepted, but discussions go on.
        let scanner = min(components.scanner.status, .degraded)
        status = max(
            components.database.status,
            components.memcached.status,
            components.backups?.status ?? .ok,
            max(scanner, components.pdf?.status ?? .ok),
            table
        )
    }
}
