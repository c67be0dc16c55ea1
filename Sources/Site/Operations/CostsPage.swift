import Domain
import Engine
import Foundation
import Hummingbird
import Store

extension Site {
    /// How far back the page goes.
    private static let daysShown = 30
    /// Discussions on the page, the last touched first.
    private static let discussionsShown = 20

    /// `GET /costs`: what was spent: today, by day, provider and person, and by discussion.
    @Sendable func costsPage(_ request: Request, _ context: SiteContext) async throws -> Response {
        let (asker, budget, now) = (try context.asker.get(), engine.limits.budget, engine.now())
        let person = asker.person.id
        // What others spend is for those who keep the site.
        let whose = asker.role == .admin ? nil : person
        let today = budget.day(of: now)
        let first = budget.day(of: now.addingTimeInterval(-Double(Self.daysShown - 1) * 86_400))
        let report = try await store.read { reader in
            CostReport(
                today: today,
                spent: try reader.spent(on: today, by: whose),
                budget: budget,
                isOfAll: whose == nil,
                usage: try reader.listUsage(since: first, of: whose),
                discussions: try reader.listDiscussions(of: person, limit: Self.discussionsShown)
            )
        }
        guard !request.wantsJSON else { return try .json(CostsJSON(report)) }
        let view = CostsView(report, days: Self.daysShown, layout: layout(title: "What was spent", context))
        return try page("costs-page", view)
    }
}

private struct CostReport: Sendable {
    let today: String
    let spent: Double
    let budget: Budget
    /// Of everybody, not of the person alone.
    let isOfAll: Bool
    let usage: [DayUsage]
    let discussions: [Discussion]
}

private struct CostsView {
    struct Row {
        let day: String
        let person: String?
        let provider: String
        let model: String
        let answers: String
        let tokens: Int
        let cost: String

        init(_ usage: DayUsage, showsPerson: Bool) {
            day = usage.day
            person = showsPerson ? usage.person : nil
            provider = usage.provider.displayName
            model = usage.model
            answers = usage.answers == 1 ? "1 answer" : "\(usage.answers) answers"
            tokens = usage.cost.promptTokens + usage.cost.completionTokens
            cost = usage.cost.column
        }
    }

    struct Entry {
        let link: String
        let title: String
        let tokens: Int
        let cost: String
    }

    let layout: Layout
    let home: String
    let today: String
    let day: String
    /// Where a day ends at midnight.
    let zone: String
    let budget: String?
    let whose: String
    let limit: String?
    let days: Int
    let hasRows: Bool
    let rows: [Row]
    let hasDiscussions: Bool
    let discussions: [Entry]

    init(_ report: CostReport, days: Int, layout: Layout) {
        self.layout = layout
        self.days = days
        home = Links.start
        today = Dollars.text(report.spent)
        day = report.today
        let name = report.budget.timeZone.identifier
        zone = name == "GMT" ? "UTC" : name
        // It is everybody's, and says little beside one person's sum.
        budget = report.isOfAll ? report.budget.daily.map(Dollars.text) : nil
        whose = report.isOfAll ? "Today" : "You today"
        limit = report.budget.discussion.map(Dollars.text)
        let showsPerson = Set(report.usage.map(\.person)).count > 1
        rows = report.usage.map { Row($0, showsPerson: showsPerson) }
        hasRows = !rows.isEmpty
        discussions = report.discussions.map {
            Entry(
                link: Links.discussion($0.id),
                title: $0.title,
                tokens: $0.cost.promptTokens + $0.cost.completionTokens,
                cost: $0.cost.column
            )
        }
        hasDiscussions = !discussions.isEmpty
    }
}

extension Cost {
    /// For a table: a sum, a lower bound, or that it is not known.
    fileprivate var column: String {
        guard let usd else { return unpriced > 0 ? "not known" : "–" }
        return unpriced > 0 ? "more than \(Dollars.text(usd))" : Dollars.text(usd)
    }
}

private struct CostsJSON: Encodable {
    struct Today: Encodable {
        let day: String
        let usd: Double
        @ExplicitNull var budget: Double?
    }

    struct Row: Encodable {
        let day: String
        let person: String
        let provider: ProviderID
        let model: String
        let answers: Int
        let cost: Cost
    }

    struct Entry: Encodable {
        let id: DiscussionID
        let topic: String
        let cost: Cost
    }

    let today: Today
    @ExplicitNull var discussionLimit: Double?
    let usage: [Row]
    let discussions: [Entry]

    init(_ report: CostReport) {
        today = Today(day: report.today, usd: report.spent, budget: report.budget.daily)
        discussionLimit = report.budget.discussion
        usage = report.usage.map {
            Row(
                day: $0.day,
                person: $0.person,
                provider: $0.provider,
                model: $0.model,
                answers: $0.answers,
                cost: $0.cost
            )
        }
        discussions = report.discussions.map { Entry(id: $0.id, topic: $0.topic, cost: $0.cost) }
    }
}
