import Domain
import Doubles
import Foundation
import Providers
import Store
import Testing

@testable import Site

@Suite("A whole page is as it was when it was last looked at", .timeLimit(.minutes(5)))
struct SnapshotTests {
    private static func vendors() -> [ScriptedVoice] {
        Samples.models.map { ScriptedVoice($0, model: $1) } + [ScriptedVoice(.local, model: "house-model")]
    }

    @Test("the start page of a new site")
    func start() async throws {
        try await withSite(Self.vendors()) { site in
            try expect(try await site.get("/").text, toBe: "start")
        }
    }

    @Test("the start page of a site with the demo model, and discussions")
    func list() async throws {
        let demo = [ScriptedVoice(.local, model: "demo-model")]
        try await withSite(demo, demoModel: "demo-model") { site in
            let statuses: [DiscussionStatus] = [.running, .waiting, .resolved]
            for number in 1...21 {
                let discussion = Samples.discussion(
                    "d\(number)",
                    of: site.person.id,
                    topic: "Topic \(number) <&> \"quoted\"\nand more",
                    status: statuses[number % 3],
                    at: Samples.instant.addingTimeInterval(Double(number) * 60)
                )
                try await site.insert(discussion)
            }
            try expect(try await site.get("/").text, toBe: "start-list")
        }
    }

    @Test("the start page after a refusal")
    func refused() async throws {
        try await withUploads { uploads in
            try await withSite(Self.vendors(), uploads: uploads) { site in
                let refused = try await site.post(
                    form: ["topic": "<", "place": "house", "command_id": "c"],
                    to: "/discussions"
                )
                try expect(refused.text, toBe: "start-refused")
            }
        }
    }

    @Test("a discussion that waits for its person")
    func waiting() async throws {
        try await withUploads { uploads in
            try await withSite(Self.vendors(), uploads: uploads) { site in
                let rounds = [
                    Round(
                        number: 1,
                        complete: true,
                        messages: [
                            Samples.message(
                                seat: 1,
                                "It is *scattering*.\n\n- a < b\n- [more](https://a.example/?x=1&y=2)"
                            ),
                            Samples.message(seat: 2, "Look up.", fallback: true),
                            Samples.message(seat: 3, "Both hold, but", truncated: true),
                        ]
                    ),
                    Round(
                        number: 2,
                        complete: true,
                        messages: (1...3).map { Samples.message(seat: $0, round: 2, "Again \($0).") }
                    ),
                ]
                try await site.insert(
                    Samples.discussion(of: site.person.id, topic: "Why is the sky blue?\nAnd \"the sea\"?"),
                    rounds: rounds
                )
                try await insertFiles(site)
                try expect(try await site.get("/discussions/d1").text, toBe: "discussion-waiting")
            }
        }
    }

    private func insertFiles(_ site: TestSite) async throws {
        func file(
            _ id: String,
            _ name: String,
            _ type: FileType,
            _ reading: DiscussionFile.Reading,
            pages: Int? = nil,
            of characters: Int = 0
        ) -> NewFile {
            NewFile(
                file: DiscussionFile(
                    id: FileID(rawValue: id),
                    name: name,
                    type: type,
                    size: 1_234_567,
                    state: .clean,
                    sha256: "00",
                    pages: pages,
                    pagesRead: pages,
                    characters: characters,
                    kept: characters,
                    reading: reading
                ),
                text: ""
            )
        }
        let files = [
            file("f1", "a <b> \"c\".pdf", .pdf, .beginning, pages: 12, of: 30_000),
            file("f2", "photo.jpg", .jpeg, .picture), file("f3", "locked.pdf", .pdf, .encrypted),
            file("f4", "late.csv", .csv, .whole, of: 10),
        ]
        let views = [
            FileView(
                file: files[0].file.id,
                provider: .groq,
                model: "g",
                characters: 24_000,
                asPicture: false
            ),
            FileView(file: files[1].file.id, provider: .groq, model: "g", characters: 0, asPicture: true),
        ]
        try await site.store.write { writer in
            for file in files { try writer.insert(file, of: DiscussionID(rawValue: "d1")) }
            for view in views { try writer.insert(view) }
        }
    }

    @Test("a discussion whose second seat is speaking")
    func running() async throws {
        try await withSite(Self.vendors()) { site in
            let messages = [
                Samples.message(seat: 1, "It is scattering."),
                Samples.message(seat: 2, "Look", finished: false),
            ]
            try await site.insert(
                Samples.discussion(
                    of: site.person.id,
                    status: .running,
                    place: .house,
                    models: [.local: "house-model"]
                ),
                rounds: [Round(number: 1, complete: false, messages: messages)]
            )
            try expect(try await site.get("/discussions/d1").text, toBe: "discussion-running")
        }
    }

    @Test("a discussion in which no provider could speak")
    func stuck() async throws {
        try await withSite(Self.vendors()) { site in
            try await site.insert(
                Samples.discussion(of: site.person.id),
                rounds: [
                    Round(
                        number: 1,
                        complete: false,
                        messages: [Samples.message(seat: 1, "It is scattering.")]
                    )
                ],
                failure: "Groq did not accept the key; check GROQ_API_KEY."
            )
            try expect(try await site.get("/discussions/d1").text, toBe: "discussion-stuck")
        }
    }

    @Test("who saw which words of a discussion")
    func providers() async throws {
        try await withSite(Self.vendors()) { site in
            let record = FullDiscussion.record(of: site.person)
            try await site.store.write { writer in try writer.insert(record) }
            try expect(try await site.get("/discussions/full/providers").text, toBe: "providers")
        }
    }

    @Test("an address that leads nowhere")
    func nowhere() async throws {
        try await withSite(Self.vendors()) { site in
            try expect(try await site.get("/nowhere").text, toBe: "not-found")
        }
    }

    /// Compares a page with the file of this name; with PARLEY_RECORD_SNAPSHOTS set it writes the file.
    private func expect(_ html: String, toBe name: String, sourceLocation: SourceLocation = #_sourceLocation)
        throws
    {
        _ = try Tokens(html, allowed: .page)
        // It is the person's, whose id is random.
        let html = html.replacing(
            /name="form_token" value="[0-9a-f]{32}"/,
            with: "name=\"form_token\" value=\"\""
        )
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "Snapshots/\(name).html"
        )
        if ProcessInfo.processInfo.environment["PARLEY_RECORD_SNAPSHOTS"] != nil {
            try Data(html.utf8).write(to: file)
            return
        }
        let recorded = try String(contentsOf: file, encoding: .utf8)
        #expect(html == recorded, "\(name).html, see Snapshots/README.md", sourceLocation: sourceLocation)
    }
}
