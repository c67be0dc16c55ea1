import ArgumentParser
import Backups
import Cache
import Domain
import Engine
import FastCGI
import Foundation
import Hummingbird
import Logging
import Providers
import Scanning
import ServiceLifecycle
import Site
import Store
import Support
import UnixSignals
import Uploads

/// `parley serve`: the responder, until it is told to stop.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Answer FastCGI requests from the web server."
    )

    /// What the small demonstration model may say at most: it rambles, and answers at 90 tokens a second.
    private static let demoMaxTokens = 320
    /// Its questions and conclusions, which are longer for the JSON around them.
    private static let demoWritingTokens = 1_000

    func run() async throws {
        let settings: Settings
        let way: NetworkSettings.Way
        do {
            settings = try loadSettings().settings
            way = try settings.network.way
            try OpenFiles.raise(for: settings.pollsTotal)
        } catch let fault as InvalidSetting {
            throw Self.told(fault)
        }
        umask(0o077)
        let client = ProviderClient(proxy: way.proxy, roots: way.roots)
        do {
            try await serve(settings, client)
        } catch {
            try? await client.shutdown()
            guard let fault = error as? InvalidSetting else { throw error }
            throw Self.told(fault)
        }
        try await client.shutdown()
    }

    /// Prints the one line that says what is wrong.
    private static func told(_ fault: InvalidSetting) -> ExitCode {
        FileHandle.standardError.write(Data("parley: \(fault)\n".utf8))
        return .failure
    }

    private func serve(_ settings: Settings, _ client: ProviderClient) async throws {
        let logger = RedactingLogHandler(format: settings.logFormat, secrets: settings.secrets)
            .logger(level: settings.logLevel)

        try FileManager.default.createDirectory(
            atPath: settings.dataDirectory,
            withIntermediateDirectories: true
        )
        // Shared: an old and a new responder overlap during an upgrade; a restore must have it alone.
        let lock = try FileLock.ofDatabase(settings.databasePath, .shared)
        guard let lock else {
            throw Keeping.complain(BackupFault("\(settings.databasePath) is being restored"))
        }
        defer { lock.release() }
        let registry = PrometheusRegistry(Meters.families)
        let meters = Meters(registry)
        let store = try Store(path: settings.databasePath, onCommit: { meters.count($0) })
        let access = try await settings.access(store, logger: logger)

        let providers = settings.providers.guarded(by: client)
        let scanner = try settings.scanner(logger: logger)
        let uploads = try Uploads(
            dataDirectory: settings.dataDirectory,
            limits: UploadLimits(settings.uploads),
            scan: scanner.isOn ? .by(scanner) : .off,
            logger: logger
        )
        // Before anything is accepted: what crashes have left is no longer there when somebody looks.
        await uploads.sweep(store)
        let cache = try cache(settings)
        let backups = Backups(
            store: store,
            databasePath: settings.databasePath,
            dataDirectory: settings.dataDirectory,
            settings: settings.backups,
            logger: logger
        )
        let engine = Engine(
            store: store,
            providers: providers,
            limits: Self.limits(settings),
            files: uploads.directory,
            logger: logger,
            willErase: { try backups.tombstones.add($0, at: Date()) },
            didErase: { [cache] erased in
                for id in erased { await cache?.invalidateDiscussion(id: id.rawValue) }
                await backups.removeErased()
            }
        )
        let watch = ProviderWatch(providers: providers)
        var pollLimits = Polls.Limits()
        pollLimits.perPerson = settings.pollsPerPerson
        pollLimits.total = settings.pollsTotal
        let polls = Polls(pollLimits)
        let site = try Site(
            store: store,
            engine: engine,
            cache: cache,
            health: watch,
            scanner: scanner,
            about: .init(
                demoModel: settings.providers.localIsDemo ? settings.providers.local.model : nil,
                assetVersion: Self.buildTime,
                staysInHouse: settings.staysInHouse,
                address: settings.publicAddress
            ),
            access: access,
            polls: polls,
            uploads: uploads,
            limits: RateLimits(Self.rates(settings)),
            audit: try AuditLog(.init(setting: settings.auditLog), logger: logger),
            backups: { backups.look() },
            meters: meters,
            moreMetrics: { registry.text + ProcessMetrics.text(database: settings.databasePath) }
        )

        let server = FastCGIServer(
            configuration: Self.transport(settings),
            logger: logger,
            onListening: { logger.info("listening", metadata: ["socket": "\(settings.fastCGISocket)"]) },
            respond: respond(with: site.responder(), trusted: settings.trustedProxies, logger: logger)
        )

        let services = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [
                    // The first one is stopped last: uploads are scanned until no request is left.
                    .init(service: ScanService(scanner: scanner)),
                    .init(service: server),
                    .init(
                        service: LogService(
                            store: store,
                            upkeep: LogUpkeep(
                                store: store,
                                retentionDays: settings.eventRetentionDays,
                                logger: logger
                            ),
                            polls: polls,
                            logger: logger
                        )
                    ),
                    .init(service: WatchService(watch: watch)),
                    .init(service: UploadService(uploads: uploads, store: store)),
                    .init(service: BackupService(backups: backups)),
                    // The last one is stopped first: seats come to their end while requests are answered.
                    .init(service: EngineService(engine: engine, grace: settings.stopGrace)),
                ],
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: logger
            )
        )
        try await services.run()
        try store.close()
    }

    private static func transport(_ settings: Settings) -> FastCGIConfiguration {
        var configuration = FastCGIConfiguration(socketPath: settings.fastCGISocket)
        // Held polls and live pages would wait for ever; their clients ask again.
        configuration.shutdownGrace = .seconds(2)
        configuration.maxConcurrentRequests = settings.pollsTotal + OpenFiles.otherRequests
        configuration.spareConnections = OpenFiles.spareConnections
        return configuration
    }

    private static func rates(_ settings: Settings) -> RateLimits.Limits {
        var limits = RateLimits.Limits()
        limits.start = settings.rates.start
        limits.command = settings.rates.commands
        limits.upload = settings.rates.uploads
        return limits
    }

    private static func limits(_ settings: Settings) -> Engine.Limits {
        var limits = Engine.Limits()
        limits.maxTokens =
            settings.providers.localIsDemo ? min(settings.maxTokens, demoMaxTokens) : settings.maxTokens
        limits.writingTokens =
            settings.providers.localIsDemo ? min(settings.maxTokens, demoWritingTokens) : settings.maxTokens
        limits.maxRounds = settings.maxTurns
        limits.promptTokens = settings.discussionTokenLimit
        limits.fileTokens = settings.uploads.fileTokenLimit
        limits.seeing = Set(
            ProviderID.allCases.filter { settings.uploads.seeing.contains($0.rawValue.uppercased()) }
        )
        limits.localContext = settings.providers.localContextTokens
        limits.allowsExternalFallback = settings.providers.allowsExternalFallback
        for id in ProviderID.allCases {
            guard let price = settings.costs.prices[id.rawValue.uppercased()] else { continue }
            limits.prices[id] = Price(input: price.input, output: price.output)
        }
        limits.budget.discussion = settings.costs.discussionLimit
        limits.budget.daily = settings.costs.dailyBudget
        limits.budget.timeZone = settings.timeZone
        limits.maxRunning = settings.maxRunningRounds
        return limits
    }

    private func cache(_ settings: Settings) throws -> DiscussionCache? {
        guard !settings.memcachedServers.isEmpty else { return nil }
        guard let servers = MemcachedServer.list(settings.memcachedServers) else {
            throw InvalidSetting(
                name: "MEMCACHED_SERVERS",
                fault: "\"\(settings.memcachedServers)\" names no server",
                allowed: "host:port or the path of a unix socket, several separated by commas"
            )
        }
        return DiscussionCache(servers: servers, build: Self.buildTime)
    }

    /// Hands each request to the site with a logger that carries its id.
    private func respond(
        with responder: some HTTPResponder<SiteContext>,
        trusted: TrustedProxies,
        logger: Logger
    ) -> Respond {
        { request, parameters in
            // nginx's own id, so that its access log and ours can be laid side by side.
            let id = RequestID.checked(parameters["REQUEST_ID"])
            let forwarding = Forwarding(
                headers: request.headers,
                remote: parameters["REMOTE_ADDR"] ?? "",
                peer: parameters["PROXY_ADDR"],
                trusted: trusted
            )
            var head = request.head
            head.scheme = forwarding.scheme ?? head.scheme
            let answered = Request(head: head, body: request.body)
            let source = RequestSource(
                logger: logger,
                remoteAddress: forwarding.client,
                isForwardedByStranger: forwarding.isByStranger,
                signedOn: SignedOn(
                    user: parameters["REMOTE_USER"],
                    name: parameters["REMOTE_NAME"],
                    groups: parameters["REMOTE_GROUPS"]
                ),
                answerLater: { answer in
                    parameters.answerLater(LateBody(start: answer.start, cancel: answer.cancel))
                }
            )
            return try await RequestID.$current.withValue(id) {
                try await responder.respond(to: answered, context: SiteContext(source: source))
            }
        }
    }

    /// Changes with every build, so that browsers fetch the stylesheet anew after an upgrade.
    private static var buildTime: String {
        let attributes = try? FileManager.default.attributesOfItem(atPath: "/proc/self/exe")
        let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let real = path.flatMap { try? FileManager.default.attributesOfItem(atPath: $0) } ?? attributes
        let date = real?[.modificationDate] as? Date ?? Date()
        return String(Int(date.timeIntervalSince1970), radix: 36)
    }
}

/// Takes up what was left running, and ends the engine within its grace when the process is told to stop,
/// while requests are still answered.
private struct EngineService: Service {
    let engine: Engine
    let grace: Duration

    func run() async throws {
        let maintenance = Task { await engine.maintain() }
        try? await gracefulShutdown()
        // Leases are renewed until the last seat has come to its end.
        await engine.close(grace: grace)
        maintenance.cancel()
        await maintenance.value
    }
}

/// Makes the periodic backups; one that is being made is given up when the process is told to stop.
private struct BackupService: Service {
    let backups: Backups

    func run() async throws {
        let making = Task { await backups.schedulePeriodicBackups(clock: SystemClock()) }
        try? await gracefulShutdown()
        making.cancel()
        await making.value
    }
}

/// Probes the providers while nobody else asks them.
private struct WatchService: Service {
    let watch: ProviderWatch

    func run() async throws {
        let watching = Task { await watch.watch() }
        try? await gracefulShutdown()
        watching.cancel()
    }
}
