import Credentials
import Domain
import Doubles
import Foundation
import HTTPTypes
import Store
import Support
import Testing

@testable import Site

/// A site with accounts.
struct AccountsSite {
    static let password = "correct horse battery"

    let site: TestSite
    private let passwords: Passwords

    /// Somebody who is signed in.
    struct Member {
        let person: Person
        let cookie: String
        let formToken: String
    }

    static func with(
        signInsPerMinute: Int = 1_000,
        address: PublicAddress? = nil,
        voices: [ScriptedVoice] = [ScriptedVoice(.local, .say("Well."))],
        audit: AuditLog = .off,
        _ body: (AccountsSite) async throws -> Void
    ) async throws {
        let passwords = try Passwords(cost: 1)
        try await withSite(
            voices,
            address: address,
            access: { _ in .accounts(passwords) },
            signInsPerMinute: signInsPerMinute,
            audit: audit
        ) { site in try await body(AccountsSite(site: site, passwords: passwords)) }
    }

    func add(_ name: String, role: Role = .member) async throws -> Person {
        let hash = try await passwords.hash(Self.password)
        return try await site.store.write { writer in
            try writer.insertAccount(named: name, role: role, password: hash).person
        }
    }

    /// Sends the sign-in's form as a browser does.
    func signIn(
        _ name: String,
        _ password: String = AccountsSite.password,
        next: String = "",
        headers: HTTPFields = [:],
        from source: TestSite.Source = .init()
    ) async throws -> Answer {
        let body = "name=\(encoded(name))&password=\(encoded(password))&next=\(encoded(next))"
        var headers = headers
        headers[.contentType] = "application/x-www-form-urlencoded"
        return try await site.send(.post, "/signin", headers, body: Array(body.utf8), from: source)
    }

    /// A new person, signed in.
    func member(_ name: String, role: Role = .member) async throws -> Member {
        let person = try await add(name, role: role)
        return try await again(person)
    }

    /// The same person in another browser.
    func again(_ person: Person) async throws -> Member {
        let answer = try await signIn(person.name)
        let cookie = try #require(answer.cookies.first { $0.hasPrefix("parley_session=") })
        let value = String(cookie.prefix { $0 != ";" })
        let page = try await get("/account", as: Member(person: person, cookie: value, formToken: ""))
        let field = try #require(page.text.firstMatch(of: /name="form_token" value="([0-9a-f]{32})"/))
        return Member(person: person, cookie: value, formToken: String(field.output.1))
    }

    func get(_ path: String, as member: Member, json: Bool = false) async throws -> Answer {
        var headers: HTTPFields = [.cookie: member.cookie]
        if json { headers[.accept] = "application/json" }
        return try await site.send(.get, path, headers)
    }

    func post(
        _ path: String,
        _ fields: KeyValuePairs<String, String> = [:],
        as member: Member,
        token: String? = nil,
        _ headers: HTTPFields = [:]
    ) async throws -> Answer {
        var headers = headers
        headers[.cookie] = member.cookie
        headers[.contentType] = "application/x-www-form-urlencoded"
        let all = fields.map { "\($0)=\(encoded($1))" } + ["form_token=\(token ?? member.formToken)"]
        return try await site.send(.post, path, headers, body: Array(all.joined(separator: "&").utf8))
    }

    /// A script's token.
    func token(of person: Person, readOnly: Bool = false, until: Date? = nil) async throws -> (
        APITokenID, String
    ) {
        let secret = RandomSecret(prefix: "parley_")
        let token = APIToken(
            id: .random(),
            isReadOnly: readOnly,
            createdAt: site.clock.now,
            expiresAt: until,
            usedAt: nil
        )
        try await site.store.write { writer in
            try writer.insert(token, hash: secret.hash, of: person.id)
        }
        return (token.id, secret.text)
    }
}

extension Answer {
    var cookies: [String] { headers[values: .setCookie] }
}
