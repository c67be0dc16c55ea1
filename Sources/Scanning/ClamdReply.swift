import Foundation

/// What a clamd's words mean.
enum ClamdReply {
    /// The verdict on a stream.
    ///
    /// - Parameter isWhole: whether all of the file was sent; a part is never found clean.
    static func verdict(_ reply: String, isWhole: Bool) throws(ScanFailure) -> ScanVerdict {
        if reply == "INSTREAM size limit exceeded. ERROR" {
            return .refused(reason: "larger than clamd's StreamMaxLength")
        }
        guard reply.hasPrefix("stream: "), !reply.contains(where: { $0.asciiValue.map { $0 < 0x20 } ?? true })
        else {
            throw ScanFailure(message: "clamd answered \(reply.debugDescription.prefix(200))")
        }
        let rest = reply.dropFirst("stream: ".count)
        if rest == "OK" {
            guard isWhole else { throw ScanFailure(message: "clamd found a part of the file clean") }
            return .clean
        }
        guard rest.hasSuffix(" FOUND"), rest.count > " FOUND".count else {
            throw ScanFailure(message: "clamd answered \(reply.debugDescription.prefix(200))")
        }
        let name = String(rest.dropLast(" FOUND".count))
        return name.hasPrefix("Heuristics.Limits.Exceeded")
            ? .refused(reason: name) : .infected(signature: name)
    }

    /// `ClamAV 1.4.6/27512/Mon Jan  6 09:36:27 2025`: the program's, then the daily set's number and time.
    ///
    /// With other signatures than the official ones there is only the first.
    static func signatures(_ reply: String) throws(ScanFailure) -> SignatureSet {
        guard reply.hasPrefix("ClamAV ") else {
            throw ScanFailure(message: "no clamd: it calls itself \(reply.debugDescription.prefix(100))")
        }
        let parts = reply.split(separator: "/", maxSplits: 2)
        guard parts.count == 3 else { return SignatureSet(version: nil, made: nil, count: nil) }
        let words = parts[2].split(separator: " ").joined(separator: " ")
        let format = Date.ParseStrategy(
            format: """
                \(weekday: .abbreviated) \(month: .abbreviated) \(day: .defaultDigits) \
                \(hour: .twoDigits(clock: .twentyFourHour, hourCycle: .zeroBased)):\(minute: .twoDigits):\
                \(second: .twoDigits) \(year: .defaultDigits)
                """,
            locale: Locale(identifier: "en_US_POSIX"),
            timeZone: .gmt
        )
        return SignatureSet(version: Int(parts[1]), made: try? Date(words, strategy: format), count: nil)
    }
}
