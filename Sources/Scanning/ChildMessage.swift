import Foundation

/// What `parley-scan` says: one line of words.
enum ChildMessage: Equatable {
    /// Signatures were loaded and are in force.
    case ready(SignatureSet)
    /// Signatures could not be loaded; those before, if any, stay in force.
    case broken(reason: String)
    /// Its self-test fails: no file may be handed over until it is ready again.
    case unfit(reason: String)
    case verdict(UInt64, ScanVerdict)
    case failure(UInt64, reason: String)

    /// - Returns: nil for anything else: then nothing more that the process says can be trusted.
    init?(_ bytes: some Sequence<UInt8>) {
        let bytes = Array(bytes)
        guard bytes.allSatisfy({ (0x20...0x7E).contains($0) }) else { return nil }
        let parts = bytes.split(separator: 0x20, maxSplits: 2, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        guard let word = parts.first, parts.count > 1 else { return nil }
        switch word {
        case "ready":
            let numbers = bytes.split(separator: 0x20, omittingEmptySubsequences: false).dropFirst()
                .map { Int(String(decoding: $0, as: UTF8.self)) ?? -1 }
            guard numbers.count == 3, numbers.allSatisfy({ $0 >= 0 }), numbers[2] > 0 else { return nil }
            self = .ready(
                SignatureSet(
                    version: numbers[0] == 0 ? nil : numbers[0],
                    made: numbers[1] == 0 ? nil : Date(timeIntervalSince1970: Double(numbers[1])),
                    count: numbers[2]
                )
            )
        case "broken":
            self = .broken(reason: parts.dropFirst().joined(separator: " "))
        case "unfit":
            self = .unfit(reason: parts.dropFirst().joined(separator: " "))
        default:
            guard parts.count == 3, let id = UInt64(parts[1]) else { return nil }
            switch (word, parts[2]) {
            case ("clean", ""): self = .verdict(id, .clean)
            case ("found", let name) where !name.isEmpty: self = .verdict(id, .infected(signature: name))
            case ("refused", let reason) where !reason.isEmpty: self = .verdict(id, .refused(reason: reason))
            case ("error", let reason): self = .failure(id, reason: reason)
            default: return nil
            }
        }
    }
}
