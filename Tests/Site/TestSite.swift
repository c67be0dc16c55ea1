import Cache
import Domain
import Doubles
import Engine
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Providers
import Scanning
import Store
import Support
import Synchronization
import Testing
import Uploads

@testable import Site

/// The whole site in process: requests go in, answers come out, without a network.
struct TestSite {
    let store: Store
    let engine: Engine
    let person: Person
    let clock: Instants
    let site: Site
    let logger: Logger

    private static let secret = "secret"

    /// - Parameter health: how each provider answers when it is probed; all are well where nothing is said.
    init(
        store: Store,
        clock: Instants,
        voices: [ScriptedVoice],
        demoModel: String? = nil,
        health: [ProviderID: ProviderHealth] = [:],
        limits: Engine.Limits = .init(),
        staysInHouse: Bool = false,
        address: PublicAddress? = nil,
        access: ((Person) -> Access.Mode)? = nil,
        signInsPerMinute: Int = 1_000,
        polls: Polls.Limits = .init(),
        scanner: ChosenScanner = ChosenScanner(.off, engine: nil),
        uploads: Uploads? = nil,
        rates: RateLimits = TestSite.unlimited,
        audit: AuditLog = .off,
        backups: BackupReport? = nil,
        cache: DiscussionCache? = nil,
        logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    ) async throws {
        self.logger = logger
        self.store = store
        self.clock = clock
        person = try await store.write { writer in try writer.findOrInsertLocalPerson() }
        let providers = guarded(voices, health: health)
        engine = Engine(
            store: store,
            providers: providers,
            limits: limits,
            files: uploads?.directory,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            now: { clock.now }
        )
        let names = Names()
        site = try Site(
            store: store,
            engine: engine,
            cache: cache,
            health: ProviderWatch(providers: providers),
            scanner: scanner,
            about: .init(
                demoModel: demoModel,
                assetVersion: "test",
                staysInHouse: staysInHouse,
                address: address
            ),
            access: Access(
                access?(person) ?? .open(person, toNetwork: true),
                secret: Self.secret,
                signInsPerMinute: signInsPerMinute,
                liveCheck: 0
            ),
            polls: Polls(polls),
            uploads: uploads,
            limits: rates,
            audit: audit,
            backups: backups.map { report in { @Sendable in report } },
            makeID: { names.next() }
        )
    }

    /// As good as no limits.
    static var unlimited: RateLimits {
        var limits = RateLimits.Limits()
        limits.start = 1_000_000
        limits.command = 1_000_000
        limits.upload = 1_000_000
        return RateLimits(limits)
    }

    func send(
        _ method: HTTPRequest.Method,
        _ path: String,
        _ headers: HTTPFields = [:],
        body: [UInt8] = [],
        from source: Source = Source()
    ) async throws -> Answer {
        let response = try await respond(method, path, headers, body: body, from: source)
        let collected = Collected()
        try await response.body.write(CollectingWriter(collected))
        return Answer(status: response.status.code, headers: response.headers, bytes: collected.bytes)
    }

    func respond(
        _ method: HTTPRequest.Method,
        _ path: String,
        _ headers: HTTPFields = [:],
        body: [UInt8] = [],
        from asked: Source = Source()
    ) async throws -> Response {
        let head = HTTPRequest(
            method: method,
            scheme: asked.scheme,
            authority: asked.host ?? site.about.address?.authority ?? "localhost",
            path: path,
            headerFields: headers
        )
        let request = Request(head: head, body: RequestBody(buffer: ByteBuffer(bytes: body)))
        let later = Later()
        let source = RequestSource(
            logger: logger,
            remoteAddress: asked.address,
            isForwardedByStranger: asked.isForwarded,
            signedOn: asked.signedOn,
            answerLater: { later.set($0) }
        )
        var response = try await site.responder().respond(to: request, context: SiteContext(source: source))
        if let answer = later.take() { response.body = answer.body }
        return response
    }

    /// Where a request comes from, as the transport tells it.
    struct Source {
        var scheme = "http"
        /// The site's own name where nothing else is said.
        var host: String?
        var address = "127.0.0.1"
        var isForwarded = false
        var signedOn: SignedOn?
    }

    /// What the forms of the site's one person carry.
    var formToken: String {
        FormToken.make(
            for: Asker(person: person, role: .admin, name: "", means: .house),
            secret: Self.secret
        )
    }

    func get(_ path: String, json: Bool = false) async throws -> Answer {
        try await send(.get, path, json ? [.accept: "application/json"] : [:])
    }

    /// As a browser posts a form; the values are percent-encoded here.
    func post(
        form: KeyValuePairs<String, String>,
        to path: String,
        _ headers: HTTPFields = [:]
    ) async throws -> Answer {
        let body = form.map { "\($0)=\(encoded($1))" }.joined(separator: "&")
        return try await post(encoded: body, to: path, headers)
    }

    func post(encoded body: String, to path: String, _ headers: HTTPFields = [:]) async throws -> Answer {
        var headers = headers
        headers[.contentType] = "application/x-www-form-urlencoded"
        let body = "form_token=\(formToken)&\(body)"
        return try await send(.post, path, headers, body: Array(body.utf8))
    }

    /// As a script posts a command.
    func post(
        json: [String: String],
        to path: String,
        id: String?
    ) async throws -> Answer {
        var headers: HTTPFields = [.contentType: "application/json", .accept: "application/json"]
        headers[.idempotencyKey] = id
        return try await send(.post, path, headers, body: Array(try JSONEncoder().encode(json)))
    }

    /// The discussion as soon as it waits for its person.
    func waiting(_ id: DiscussionID) async throws -> Transcript {
        try await store.transcript(id, of: person.id) { $0.discussion.status == .waiting }
    }
}

/// A site in a database of its own, with a clock that stands still.
@discardableResult
func withSite<Result>(
    _ voices: [ScriptedVoice] = [ScriptedVoice(.local, .say("Well."))],
    demoModel: String? = nil,
    health: [ProviderID: ProviderHealth] = [:],
    limits: Engine.Limits = .init(),
    staysInHouse: Bool = false,
    address: PublicAddress? = nil,
    access: ((Person) -> Access.Mode)? = nil,
    signInsPerMinute: Int = 1_000,
    polls: Polls.Limits = .init(),
    scanner: ChosenScanner = ChosenScanner(.off, engine: nil),
    uploads: Uploads? = nil,
    rates: RateLimits = TestSite.unlimited,
    audit: AuditLog = .off,
    backups: BackupReport? = nil,
    _ body: (TestSite) async throws -> Result
) async throws -> Result {
    let clock = Instants()
    return try await withStore(now: { clock.now }) { store in
        let site = try await TestSite(
            store: store,
            clock: clock,
            voices: voices,
            demoModel: demoModel,
            health: health,
            limits: limits,
            staysInHouse: staysInHouse,
            address: address,
            access: access,
            signInsPerMinute: signInsPerMinute,
            polls: polls,
            scanner: scanner,
            uploads: uploads,
            rates: rates,
            audit: audit,
            backups: backups
        )
        do {
            let result = try await body(site)
            await site.engine.close(grace: .zero)
            return result
        } catch {
            await site.engine.close(grace: .zero)
            throw error
        }
    }
}

/// Everything but letters and digits as `%XX`.
func encoded(_ text: String) -> String {
    text.utf8.map { byte in
        let isPlain = byte < 0x80 && Character(UnicodeScalar(byte)).isLetter || (0x30...0x39).contains(byte)
        return isPlain ? String(UnicodeScalar(byte)) : String(format: "%%%02X", byte)
    }.joined()
}

/// `command-1`, `command-2` and so on, in place of random ids.
private final class Names: Sendable {
    private let count = Mutex(0)

    func next() -> String {
        count.withLock { count in
            count += 1
            return "command-\(count)"
        }
    }
}

/// Where a handler leaves an answer whose body comes later.
private final class Later: Sendable {
    private let answer = Mutex<(any LateAnswer)?>(nil)

    func set(_ answer: any LateAnswer) { self.answer.withLock { $0 = answer } }

    func take() -> (any LateAnswer)? { answer.withLock { $0.take() } }
}

extension LateAnswer {
    /// The body as the transport writes it: when it has come, or never if its reader goes away.
    var body: ResponseBody {
        ResponseBody { writer in
            let (bodies, continuation) = AsyncStream.makeStream(of: ByteBuffer.self)
            let body = await withTaskCancellationHandler {
                start { body in
                    continuation.yield(body)
                    continuation.finish()
                }
                return await bodies.first { _ in true }
            } onCancel: {
                cancel()
                continuation.finish()
            }
            guard let body else { throw CancellationError() }
            try await writer.write(body)
            try await writer.finish(nil)
        }
    }
}

/// What was answered.
struct Answer {
    let status: Int
    let headers: HTTPFields
    let bytes: [UInt8]

    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// The body as a JSON object.
    func json() throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
    }

    /// The body's `error` object.
    func error() throws -> [String: String] {
        try #require(try json()["error"] as? [String: String])
    }

    /// The body's `ack` object.
    func acknowledgement() throws -> [String: Any] {
        try #require(try json()["ack"] as? [String: Any])
    }

    /// The discussion that a redirect or a created command leads to.
    func discussion() throws -> DiscussionID {
        let location = try #require(headers[.location])
        let prefix = "/discussions/"
        try #require(location.hasPrefix(prefix))
        return DiscussionID(rawValue: String(location.dropFirst(prefix.count)))
    }
}

/// What has been written of a body so far.
final class Collected: Sendable {
    private let written = Mutex<[UInt8]>([])

    var bytes: [UInt8] { written.withLock { $0 } }
    var text: String { String(decoding: bytes, as: UTF8.self) }

    func append(_ buffer: ByteBuffer) {
        written.withLock { $0 += Array(buffer.readableBytesView) }
    }
}

struct CollectingWriter: ResponseBodyWriter {
    let collected: Collected

    init(_ collected: Collected) {
        self.collected = collected
    }

    mutating func write(_ buffer: ByteBuffer) async throws {
        collected.append(buffer)
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
