import Domain
import Doubles
import Foundation
import HTTPTypes
import Store
import Support
import Testing
import Uploads

@testable import Site

@Suite("Every link of every page", .timeLimit(.minutes(5)))
struct LinksTests {
    /// What a page's markup leads to.
    private struct Lead: Hashable {
        let path: String
        /// Of a form that posts.
        let isAction: Bool
    }

    private static let attributes: Set = ["href", "src", "action", "formaction"]

    private static func leads(of html: String) -> Set<Lead> {
        var leads: Set<Lead> = []
        for tag in html.matches(of: /<([a-z][a-z0-9]*)((?: [a-z0-9_-]+(?:="[^"]*")?)*)>/) {
            let attributes = tag.2.matches(of: /([a-z0-9_-]+)="([^"]*)"/).map { ($0.1, String($0.2)) }
            for (name, value) in attributes {
                // A data- attribute that holds a path is one that the script goes to.
                guard
                    Self.attributes.contains(String(name)) || name.hasPrefix("data-") && value.hasPrefix("/")
                else { continue }
                leads.insert(
                    Lead(
                        path: value.replacing("&amp;", with: "&"),
                        isAction: name.hasSuffix("action")
                            && attributes.contains { $0 == "method" && $1 == "post" }
                    )
                )
            }
        }
        return leads
    }

    /// A site with a discussion of every kind.
    private func withEverything<Result>(
        _ address: String?,
        _ body: (TestSite) async throws -> Result
    ) async throws -> Result {
        let voices = Samples.models.map { ScriptedVoice($0, model: $1) }
        let address = try address.map { try #require(PublicAddress($0)) }
        return try await withUploads { uploads in
            try await withSite(voices, demoModel: "demo", address: address, uploads: uploads) { site in
                try await fill(site)
                return try await body(site)
            }
        }
    }

    private func fill(_ site: TestSite) async throws {
        let record = FullDiscussion.record(of: site.person)
        try await site.store.write { writer in try writer.insert(record) }
        let rounds = (1...45).map { number in
            Round(
                number: number,
                complete: true,
                messages: (1...3).map { Samples.message(seat: $0, round: number, "Look up.") }
            )
        }
        try await site.insert(Samples.discussion(of: site.person.id), rounds: rounds)
        try await site.insert(
            Samples.discussion("speaking", of: site.person.id, status: .running),
            rounds: [Round(number: 1, complete: false, messages: [])]
        )
        for number in 1...20 {
            try await site.insert(Samples.discussion("more\(number)", of: site.person.id))
        }
        try await site.insert(Samples.discussion("gone", of: site.person.id))
        let path = site.site.about.address?.path ?? ""
        let deleted = try await site.post(json: [:], to: "\(path)/discussions/gone/delete", id: "gone")
        #expect(deleted.status == 200)
    }

    /// Follows what a person could click, and returns all paths, without the site's own.
    private func crawl(_ site: TestSite, under base: String) async throws -> Set<String> {
        var found: Set<String> = []
        var waiting = [
            "/", "/nowhere", "/discussions/gone", "/?undo=gone", "/?q=sky", "/?status=resolved",
            "/discussions/d1?rounds=all", "/discussions/d1?round=7", "/discussions/d1?before=20",
            "/discussions/d1/rounds/3?fragment=1", "/discussions/d1?before=20&rounds=open",
            "/discussions/d1?fragment=1",
        ].map { base + $0 }
        var seen = Set(waiting)
        var pages: [String: String] = [:]
        while let path = waiting.popLast() {
            let answer = try await site.get(path)
            #expect([200, 404].contains(answer.status), "\(path): \(answer.status)")
            guard answer.headers[.contentType]?.hasPrefix("text/html") == true,
                answer.headers[.contentDisposition] == nil
            else { continue }
            let html = answer.text
            pages[path] = html
            for lead in Self.leads(of: html) where !lead.path.hasPrefix("#") {
                if lead.path.hasPrefix("https://") || lead.path.hasPrefix("http://") { continue }
                #expect(lead.path.hasPrefix(base + "/"), "\(lead.path) on \(path)")
                let parts = lead.path.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
                let target = String(parts[0])
                found.insert(String(lead.path.dropFirst(base.count)))
                // nginx has the assets; a poll and the live page of a running discussion would wait.
                if target.hasPrefix("\(base)/assets/") || target.hasSuffix("/events") { continue }
                if target.contains("/speaking/live") { continue }
                if lead.isAction {
                    let answer = try await site.send(.options, target)
                    #expect(answer.headers[.allow] == "POST", "\(target) on \(path)")
                    continue
                }
                guard seen.insert(target).inserted else { continue }
                let answer = try await site.get(target)
                #expect(answer.status == 200, "\(target) on \(path): \(answer.status)")
                waiting.append(target)
            }
        }
        #expect(pages.count > 20)
        return found
    }

    @Test("leads to what is there, at the root and under a path, and to the same")
    func everywhere() async throws {
        let atRoot = try await withEverything(nil) { try await crawl($0, under: "") }
        let under = try await withEverything("https://intranet.example/our/parley/") { site in
            try await crawl(site, under: "/our/parley")
        }
        // Command ids are in no address; what differs would be a link that one of them forgot.
        #expect(atRoot == under)
        #expect(atRoot.contains { $0.hasPrefix("/assets/parley.js") })
        #expect(atRoot.contains { $0.hasSuffix("/events") })
    }

    @Test("that goes by a header begins with the site's path")
    func headers() async throws {
        try await withEverything("https://intranet.example/our/parley/") { site in
            let form = try await site.post(
                form: ["topic": "Why is it so?", "command_id": "c1"],
                to: "/our/parley/discussions"
            )
            #expect(form.status == 303)
            let location = try #require(form.headers[.location])
            #expect(location.hasPrefix("/our/parley/discussions/"))
            #expect(form.headers[.setCookie]?.contains("Path=\(location);") == true)
            let page = try await site.send(.get, location, [.cookie: "parley_done=start-dialogue"])
            #expect(page.status == 200)
            #expect(page.headers[.setCookie]?.contains("Path=\(location);") == true)
            let json = try await site.post(
                json: ["topic": "Why is it so?"],
                to: "/our/parley/discussions",
                id: "c2"
            )
            #expect(json.status == 201)
            #expect(json.headers[.location]?.hasPrefix("/our/parley/discussions/") == true)
            let sent = try await site.post(
                parts: [("topic", nil, "Why?"), ("files", "a.txt", "Hello")],
                to: "/our/parley/discussions",
                [.accept: "application/json", .idempotencyKey: "c3"]
            )
            let discussion = try await site.get(try #require(sent.headers[.location]), json: true).json()
            let files = try #require(discussion["files"] as? [[String: Any]])
            let file = try #require(files.first?["id"] as? String)
            let download = try await site.get("/our/parley/files/\(file)")
            #expect(
                download.headers[try #require(.init("X-Accel-Redirect"))]?.hasPrefix("/our/parley/-/files/")
                    == true
            )
        }
    }

    @Test("of a streamed page begins with the site's path too")
    func streamed() async throws {
        try await withEverything("https://intranet.example/our/parley/") { site in
            let page = try await site.get("/our/parley/discussions/d1/live")
            #expect(page.text.contains("href=\"/our/parley/discussions/d1\""))
            #expect(page.text.contains("href=\"/our/parley/assets/parley.css"))
        }
    }

    @Test(
        "outside of the site's path is none of ours",
        arguments: ["/", "/health", "/our", "/our/parleyx/", "/discussions/d1", "/our/parle"]
    )
    func outside(path: String) async throws {
        try await withEverything("https://intranet.example/our/parley/") { site in
            let answer = try await site.get(path)
            #expect(answer.status == 404)
            #expect(answer.text.contains("href=\"/our/parley/\""))
            #expect(try await site.get(path, json: true).error()["code"] == "NOT_FOUND")
        }
    }

    @Test("to the path itself, with a query and without a slash, is to the start page")
    func slashless() async throws {
        try await withEverything("https://intranet.example/our/parley/") { site in
            for path in ["/our/parley", "/our/parley?deleted=1", "/our/parley/?deleted=1"] {
                let answer = try await site.get(path)
                #expect(answer.status == 200)
                #expect(answer.text.contains("gone") == path.contains("deleted"))
            }
        }
    }
}
