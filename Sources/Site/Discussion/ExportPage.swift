import Crypto
import Domain
import Export
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Support

extension Site {
    /// `GET /discussions/{id}/export.html`: the discussion as one file that needs nothing else, to be printed.
    ///
    /// It asks nothing of the network and runs nothing: its policy stands in the file too, for when it is
    /// opened from a disk.
    @Sendable func exportHTML(_ request: Request, _ context: SiteContext) async throws -> Response {
        let id = try discussionID(context)
        let record = try await record(id, of: context.person.id)
        let html = try templates.render(ExportView(record), "export-page")
        var response = Response.download(
            ByteBuffer(string: html),
            type: "text/html; charset=utf-8",
            name: "discussion-\(id).html"
        )
        note(.exported, id.rawValue, context, try context.person, "html")
        response.headers[.contentSecurityPolicy] = ExportStyle.policy + "; frame-ancestors 'none'"
        return response
    }
}

/// The stylesheet within the exported file, and the policy that lets it in and nothing else.
enum ExportStyle {
    static let css = String(decoding: PackageResources.export_css, as: UTF8.self)

    static let policy: String = {
        let hash = Data(SHA256.hash(data: Data(css.utf8))).base64EncodedString()
        return "default-src 'none'; style-src 'sha256-\(hash)'; base-uri 'none'; form-action 'none'"
    }()
}

private struct ExportView {
    struct Fact {
        let name: String
        let text: String
    }

    struct Written {
        let html: String
        let covers: String
        let by: String
    }

    struct Past {
        let heading: String
        let html: String
    }

    /// A round with all that was asked after it, answered or not.
    struct RoundEntry {
        struct Option {
            let text: String
            let chosen: Bool
        }

        struct Asked {
            let question: String
            let options: [Option]
            let words: String?
        }

        let number: Int
        let content: RoundView.Content
        let askedHeading: String
        let asked: [Asked]
        let hasAsked: Bool

        init(_ round: Round, of discussion: DiscussionID) {
            number = round.number
            content = RoundView.Content(round, of: discussion)
            askedHeading = round.answers == nil ? "Questions, not answered" : "Questions and answers"
            asked = (round.questionSet?.questions ?? []).map { question in
                let answer = round.answers?.first { $0.question == question.id }
                return Asked(
                    question: question.text,
                    options: question.options.map {
                        Option(text: $0.text, chosen: answer?.options.contains($0.id) == true)
                    },
                    words: answer.flatMap { $0.text.isEmpty ? nil : $0.text }
                )
            }
            hasAsked = !asked.isEmpty
        }
    }

    struct File {
        let name: String
        let about: String
        let sha256: String

        init(_ file: KeptFile) {
            name = file.name
            sha256 = file.sha256
            let pages = file.pages.map { [$0 == 1 ? "1 page" : "\($0) pages"] } ?? []
            let type = FileType(rawValue: file.type)?.words ?? file.type
            let state = file.state == DiscussionFile.State.clean.rawValue ? "scanned, clean" : "not scanned"
            about = ([type, FileEntry.size(file.size)] + pages + [state]).joined(separator: " · ")
        }
    }

    let css: String
    let policy: String
    let title: String
    let topic: String?
    let facts: [Fact]
    let seats: [SeatView]
    let kinship: String?
    let early: [RoundView.Remark]
    let files: [File]
    let hasFiles: Bool
    let resolution: ResolutionView?
    let open: Bool
    let rounds: [RoundEntry]
    let summaries: [Written]
    let hasSummaries: Bool
    let past: [Past]
    let hasPast: Bool

    init(_ record: DiscussionRecord) {
        let discussion = record.discussion
        let transcript = record.transcript
        css = ExportStyle.css
        policy = ExportStyle.policy
        title = discussion.title
        topic = discussion.topic == discussion.title ? nil : discussion.topic
        let tokens = "\(discussion.cost.promptTokens) read, \(discussion.cost.completionTokens) written"
        facts = [
            Fact(name: "Started", text: TimeView(discussion.createdAt).people),
            Fact(name: "Last changed", text: TimeView(discussion.updatedAt).people),
            Fact(name: "Status", text: discussion.status.words),
            Fact(
                name: "Where the words may go",
                text: discussion.place == .house
                    ? "the house's own model server only" : "any provider"
            ),
            Fact(name: "Tokens", text: tokens),
            Fact(name: "Cost", text: discussion.cost.usd.map(Dollars.text) ?? "not known"),
        ]
        seats = discussion.panel.seats.map(SeatView.init)
        kinship = discussion.panel.kinshipNote
        // Said before the first round: it has no round to stand in.
        early = record.remarks.filter { $0.round == 0 }.map { .init(text: $0.input) }
        files = record.files.map(File.init)
        hasFiles = !files.isEmpty
        resolution = transcript.resolution.map { ResolutionView($0, of: discussion.id) }
        open = transcript.resolution == nil
        rounds = transcript.rounds.map { RoundEntry($0, of: discussion.id) }
        summaries = record.summaries.map(\.summary).map { summary in
            let view = SummaryView(summary)
            let by = "\(summary.provider.displayName) · \(summary.model) · prompts \(summary.promptVersion)"
            return Written(html: view.html, covers: view.covers, by: by)
        }
        hasSummaries = !summaries.isEmpty
        past = record.endings.filter { $0.reopenedAt != nil }.map(\.resolution).map { resolution in
            Past(
                heading: "After round \(resolution.round)",
                html: MarkdownHTML.render(resolution.conclusion)
            )
        }
        hasPast = !past.isEmpty
    }
}
