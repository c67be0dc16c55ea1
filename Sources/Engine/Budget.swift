import Domain
package import Foundation
import Store

/// What may be spent, in US dollars: hard limits, looked at before every step that asks a model.
///
/// The answer that is being given when a limit is reached comes to its end.
package struct Budget: Sendable {
    /// For one discussion; nil: no limit.
    package var discussion: Double?
    /// For all discussions of a day; nil: no limit.
    package var daily: Double?
    /// Where a day begins.
    package var timeZone = TimeZone.gmt

    package init() {}

    /// The day of an instant, as in `2026-11-23`.
    package func day(of date: Date) -> String {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = timeZone
        let parts = calendar.dateComponents([.year, .month, .day], from: date)
        func two(_ number: Int?) -> String { (number ?? 0) < 10 ? "0\(number ?? 0)" : "\(number ?? 0)" }
        return "\(parts.year ?? 0)-\(two(parts.month))-\(two(parts.day))"
    }

    /// The limit that is reached, if one is.
    func exceeded(by discussion: Cost, in reader: StoreReader, at now: Date) throws -> BudgetExceeded? {
        if let limit = self.discussion, let spent = discussion.usd, spent >= limit {
            return BudgetExceeded(scope: .discussion, limit: limit, zone: timeZone.identifier)
        }
        if let daily, try reader.spent(on: day(of: now)) >= daily {
            return BudgetExceeded(scope: .day, limit: daily, zone: timeZone.identifier)
        }
        return nil
    }
}

/// A limit on costs is reached: no model is asked until it is raised, or the day is over.
package struct BudgetExceeded: Error, Sendable, Hashable {
    package enum Scope: Sendable, Hashable {
        case discussion, day
    }

    package let scope: Scope
    /// US dollars.
    package let limit: Double
    /// Where the day ends.
    let zone: String

    /// What happened and what can be done, in a person's words.
    package var sentence: String {
        switch scope {
        case .discussion:
            """
            This discussion has reached its limit of \(Dollars.text(limit)) (DISCUSSION_COST_LIMIT), so no \
            model is asked any more. You can export it, or close it with a conclusion of your own; to go on, \
            ask whoever runs this site to raise the limit.
            """
        case .day:
            """
            Today's budget of \(Dollars.text(limit)) for this site (DAILY_COST_BUDGET) is spent, so no model \
            is asked before midnight (\(zone == "GMT" ? "UTC" : zone)). You can go on tomorrow, or ask whoever \
            runs this site to raise the budget.
            """
        }
    }
}

extension Engine {
    /// The limit that keeps the discussion from asking a model, if one is reached.
    ///
    /// Where only a server that costs nothing may answer, no limit applies.
    nonisolated func exceeded(
        by discussion: Discussion,
        in reader: StoreReader,
        at now: Date
    ) throws -> BudgetExceeded? {
        let onlyLocal =
            discussion.place == .house || discussion.panel.seats.allSatisfy { $0.provider == .local }
        if onlyLocal, limits.prices[.local] == Price(input: 0, output: 0) { return nil }
        return try limits.budget.exceeded(by: discussion.cost, in: reader, at: now)
    }
}
