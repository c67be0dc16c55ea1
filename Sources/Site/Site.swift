package import Cache
package import Domain
package import Engine
package import Hummingbird
package import Scanning
package import Store
package import Support
package import Uploads

/// The pages, actions and JSON: everything that people and scripts see.
package struct Site: Sendable {
    /// What the pages tell of how this site was set up.
    package struct About: Sendable {
        /// The demonstration model's name, where that is who answers.
        package let demoModel: String?
        /// In the addresses of stylesheet and icons, so that an upgrade is not shown in old clothes.
        package let assetVersion: String
        /// Where nothing else is said, a discussion's words stay with the local model server.
        package let staysInHouse: Bool
        /// Where people find the site; nil: at the root of whatever host they ask.
        package let address: PublicAddress?

        package init(
            demoModel: String?,
            assetVersion: String,
            staysInHouse: Bool = false,
            address: PublicAddress? = nil
        ) {
            self.demoModel = demoModel
            self.assetVersion = assetVersion
            self.staysInHouse = staysInHouse
            self.address = address
        }
    }

    let store: Store
    let engine: Engine
    let cache: DiscussionCache?
    let health: ProviderWatch
    /// Who scans files, if it is on.
    let scanner: ChosenScanner
    let about: About
    /// Who may come in.
    let access: Access
    let polls: Polls
    /// How the backups stand; nil where this process makes none.
    let backups: (@Sendable () async -> BackupReport)?
    /// Who counts what happens; nil: nobody.
    let meters: Meters?
    /// What else stands in the metrics, in their format.
    let moreMetrics: @Sendable () async -> String
    let readings: SharedReadings
    let pages = Flights<ShownRounds>()
    let texts = Flights<CachedText>()
    /// How much of what one person may do in a minute.
    let limits: RateLimits
    /// Who did what.
    let audit: AuditLog
    let refusals = RefusalNotes()
    let makeID: @Sendable () -> String
    /// Takes files in; nil: there are none on this site.
    let uploads: Uploads?
    let templates: Templates

    package init(
        store: Store,
        engine: Engine,
        cache: DiscussionCache?,
        health: ProviderWatch,
        scanner: ChosenScanner,
        about: About,
        access: Access,
        polls: Polls = Polls(.init()),
        uploads: Uploads? = nil,
        limits: RateLimits = .init(),
        audit: AuditLog = .off,
        backups: (@Sendable () async -> BackupReport)? = nil,
        meters: Meters? = nil,
        moreMetrics: @escaping @Sendable () async -> String = { "" },
        makeID: @escaping @Sendable () -> String = { Identifier<Command>.random().rawValue }
    ) throws {
        self.store = store
        self.engine = engine
        self.cache = cache
        self.health = health
        self.scanner = scanner
        self.about = about
        self.access = access
        self.polls = polls
        self.uploads = uploads
        self.limits = limits
        self.audit = audit
        self.backups = backups
        self.meters = meters
        self.moreMetrics = moreMetrics
        readings = SharedReadings(store: store)
        self.makeID = makeID
        templates = try Templates()
    }

    /// What answers requests.
    package func responder() -> some HTTPResponder<SiteContext> {
        UnderPath(site: self, path: about.address?.path ?? "", inside: router().buildResponder())
    }
}
