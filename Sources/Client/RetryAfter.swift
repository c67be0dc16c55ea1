import Foundation

/// The Retry-After header: seconds, or a date (RFC 9110, 10.2.3).
enum RetryAfter {
    /// Who is told to come back later than this had better give up, and say so.
    static let longest = Duration.seconds(300)

    /// Nil when the header says neither; never negative.
    static func duration(_ value: String, now: Date = Date()) -> Duration? {
        let value = value.trimmingCharacters(in: .whitespaces)
        if let seconds = Double(value) {
            return seconds.isFinite ? .seconds(min(max(seconds, 0), day)) : nil
        }
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.timeZone = .gmt
        format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        return format.date(from: value).map { .seconds(min(max($0.timeIntervalSince(now), 0), day)) }
    }

    /// Far beyond any pause that is kept, and safe to calculate with.
    private static let day = 86_400.0
}
