package import Foundation

extension Date {
    /// `2026-11-23T13:14:15.678Z`: how every instant stands in JSON.
    package var iso8601: String {
        // The style cuts where it should round: the float nearest to .123 may lie below it.
        addingTimeInterval(0.000_5).formatted(
            .iso8601.year().month().day().timeZone(separator: .omitted)
                .time(includingFractionalSeconds: true)
        )
    }

    /// Reads what ``iso8601`` wrote, to the very millisecond; nil for anything else.
    package init?(iso8601 text: String) {
        let style = Date.ISO8601FormatStyle.iso8601.year().month().day().timeZone(separator: .omitted)
            .time(includingFractionalSeconds: true)
        guard let date = try? style.parse(text) else { return nil }
        self.init(timeIntervalSince1970: (date.timeIntervalSince1970 * 1_000).rounded() / 1_000)
    }
}
