import Foundation

/// The Retry-After header: seconds, or a date (RFC 9110, 10.2.3).
enum RetryAfter {
    /// Nil when the header says neither; never negative.
    static func duration(_ value: String, now: Date = Date()) -> Duration? {
        let value = value.trimmingCharacters(in: .whitespaces)
        // Vendors also send fractions, which the RFC does not know.
        if let seconds = Double(value) {
            return seconds.isFinite ? .seconds(min(max(seconds, 0), longest)) : nil
        }
        guard let date = httpDate(value) else { return nil }
        return .seconds(min(max(date.timeIntervalSince(now), 0), longest))
    }

    /// A day: far beyond any answer's timeout, and safe to calculate with.
    private static let longest = 86_400.0

    /// The one date form that a sender may generate, as in `Sun, 06 Nov 1994 08:49:37 GMT`.
    private static func httpDate(_ value: String) -> Date? {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let words = value.split(separator: " ")
        guard words.count == 6, words[5] == "GMT", let month = months.firstIndex(of: String(words[2])) else {
            return nil
        }
        let time = words[4].split(separator: ":").compactMap { Int($0) }
        guard let day = Int(words[1]), let year = Int(words[3]), time.count == 3 else { return nil }
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        return calendar.date(
            from: DateComponents(
                year: year,
                month: month + 1,
                day: day,
                hour: time[0],
                minute: time[1],
                second: time[2]
            )
        )
    }
}
