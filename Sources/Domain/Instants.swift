package import Foundation

extension Date {
    /// `2026-11-23T13:14:15.678Z`: how every instant stands in JSON.
    package var iso8601: String {
        formatted(
            .iso8601.year().month().day().timeZone(separator: .omitted)
                .time(includingFractionalSeconds: true)
        )
    }
}
