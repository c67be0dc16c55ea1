import Domain
import Foundation
import Store
import Testing
import Uploads

@testable import Site

@Suite("The link of what was refused", .timeLimit(.minutes(5)))
struct RefusalLinkTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let action: String
        /// As it stands in the body, percent-encoded.
        let sent: String
        let target: String
        var status = DiscussionStatus.waiting

        var testDescription: String { name }
    }

    private static let tooLong = String(repeating: "a", count: 5_001)

    static let cases = [
        Case(
            name: "going on while the table speaks",
            action: "proceed",
            sent: "",
            target: "running",
            status: .running
        ),
        Case(
            name: "words while the table speaks",
            action: "input",
            sent: "&input=But",
            target: "typed",
            status: .running
        ),
        Case(name: "going on when closed", action: "proceed", sent: "", target: "action", status: .resolved),
        Case(name: "stopping what does not run", action: "stop", sent: "", target: "action"),
        Case(name: "an empty remark", action: "input", sent: "&input=", target: "input"),
        Case(
            name: "an unreadable flag",
            action: "input",
            sent: "&input=But&proceed=perhaps",
            target: "action"
        ),
        Case(
            name: "a conclusion too long",
            action: "resolve",
            sent: "&conclusion=\(tooLong)",
            target: "conclusion"
        ),
        Case(name: "own words too long", action: "answers", sent: "&round=1&t-1=\(tooLong)", target: "t-1"),
        Case(name: "own words that are no text", action: "answers", sent: "&round=1&t-1=%FF", target: "t-1"),
        Case(name: "a tick that is no text", action: "answers", sent: "&round=1&q-1=%FF", target: "answers"),
        Case(
            name: "a question that there is not",
            action: "answers",
            sent: "&round=1&t-9=a",
            target: "answers"
        ),
        Case(name: "nothing answered", action: "answers", sent: "&round=1", target: "answers"),
        Case(name: "no round", action: "answers", sent: "&t-1=a", target: "answers"),
        Case(name: "no files chosen", action: "files", sent: "", target: "files"),
    ]

    @Test("leads to what the page has, and what is folded around it stands open", arguments: cases)
    func link(_ given: Case) async throws {
        try await withTable(given.status) { site in
            let answer = try await site.post(
                encoded: "command_id=c1\(given.sent)",
                to: "/discussions/d1/\(given.action)"
            )
            let page = try refused(answer)
            #expect(page.link == given.target)
            let field = try #require(page.tags.first { $0.attributes["id"] == given.target })
            if ["input", "conclusion", "files", "t-1"].contains(given.target) {
                #expect(field.attributes["aria-invalid"] == "true")
                #expect(field.attributes["aria-describedby"]?.contains("problem") == true)
            }
            let invalid = page.tags.filter { $0.attributes["aria-invalid"] != nil }
            #expect(invalid.allSatisfy { $0.attributes["id"] == given.target })
            let open = page.tags.filter { $0.name == "details" && $0.attributes["open"] != nil }
            if ["conclusion", "files"].contains(given.target) { #expect(!open.isEmpty) }
        }
    }

    @Test("leads to something without a command's id too")
    func noID() async throws {
        try await withTable(.waiting) { site in
            let page = try refused(try await site.post(encoded: "input=But", to: "/discussions/d1/input"))
            #expect(page.link == "action")
        }
    }

    @Test("of words that have no place on the page leads to them, and parley.js leaves them there")
    func kept() async throws {
        try await withTable(.running) { site in
            for (sent, isKept) in [("&input=But", true), ("&input=", false)] {
                let page = try refused(
                    try await site.post(encoded: "command_id=c1\(sent)", to: "/discussions/d1/proceed")
                )
                let problem = page.tags.first { $0.attributes["id"] == "problem" }
                #expect((problem?.attributes["data-own"] != nil) == isKept)
            }
        }
    }

    @Test(
        "that starts a discussion: only the field at fault is marked",
        arguments: [("topic=a", "topic", "topic"), ("topic=Why%3F&place=moon", "start", "")]
    )
    func start(sent: String, target: String, fault: String) async throws {
        try await withUploads { uploads in
            try await withSite(uploads: uploads) { site in
                let page = try refused(
                    try await site.post(encoded: "command_id=c1&\(sent)", to: "/discussions")
                )
                #expect(page.link == target)
                #expect(page.tags.contains { $0.attributes["id"] == target })
                let marked = fault.isEmpty ? [] : [fault]
                let invalid = page.tags.filter { $0.attributes["aria-invalid"] != nil }
                #expect(invalid.compactMap { $0.attributes["id"] } == marked)
                let described = page.tags.filter {
                    $0.attributes["aria-describedby"]?.contains("problem") == true
                }
                #expect(described.compactMap { $0.attributes["id"] } == marked)
            }
        }
    }

    @Test("that starts a discussion with files at fault marks these, and not the topic")
    func startFiles() async throws {
        var limits = UploadLimits()
        limits.file = 10
        try await withUploads(limits: limits) { uploads in
            try await withSite(uploads: uploads) { site in
                let page = try refused(
                    try await site.post(
                        parts: [
                            ("command_id", nil, "c1"), ("topic", nil, "Why?"),
                            ("files", "a.txt", "eleven signs"),
                        ],
                        to: "/discussions"
                    )
                )
                #expect(page.link == "files")
                let invalid = page.tags.filter { $0.attributes["aria-invalid"] != nil }
                #expect(invalid.compactMap { $0.attributes["id"] } == ["files"])
            }
        }
    }

    private func withTable(_ status: DiscussionStatus, _ body: (TestSite) async throws -> Void) async throws {
        try await withUploads { uploads in
            try await withSite(uploads: uploads) { site in
                let round = Round(number: 1, complete: true, messages: [Samples.message(seat: 1, "Well.")])
                try await site.insert(
                    Samples.discussion(of: site.person.id, status: status),
                    rounds: [round]
                )
                let options = [Question.Option(id: "a", text: "A"), .init(id: "b", text: "B")]
                let set = QuestionSet(
                    id: QuestionSetID(rawValue: "q"),
                    questions: [Question(id: "1", text: "Which?", options: options)]
                )
                try await site.store.write { writer in
                    try writer.insert(set, round: 1, of: DiscussionID(rawValue: "d1"))
                }
                try await body(site)
            }
        }
    }

    private func refused(_ answer: Answer) throws -> RefusedPage {
        #expect((400..<500).contains(answer.status))
        return RefusedPage(tags: try Tokens(answer.text, allowed: .page).tags)
    }
}

private struct RefusedPage {
    let tags: [Tokens.Tag]

    /// Where the first link within what is told of the refusal leads to on this page.
    var link: String? {
        let told = tags.drop { $0.attributes["id"] != "problem" }
        return (told.first { $0.name == "a" && !$0.isEnd }?.attributes["href"]).map { String($0.dropFirst()) }
    }
}
