package import Domain
import Synchronization

/// How many commands one person may send in a minute, by class.
///
/// A token bucket each: a minute's worth at once, and what was taken comes back evenly. It keeps a script that runs
/// wild, or a stolen session, from spending the house's money and the scanner's time; how many requests one address
/// may make at all is nginx's business.
package final class RateLimits: Sendable {
    /// Commands that cost about the same.
    package enum Class: String, Sendable, CaseIterable {
        /// New discussions.
        case start
        /// Everything else that is done in a discussion.
        case command
        /// Commands that bring files; counted beside their other class.
        case upload
    }

    /// How many of each class in a minute.
    package struct Limits: Sendable {
        package var start = 20
        package var command = 120
        package var upload = 20

        package init() {}

        fileprivate subscript(_ kind: Class) -> Int {
            switch kind {
            case .start: start
            case .command: command
            case .upload: upload
            }
        }
    }

    /// The answer to one that came too soon.
    package struct Refusal: Error, Equatable {
        package let kind: Class
        /// Whole seconds, at least 1.
        package let retryAfter: Int
    }

    private struct Key: Hashable {
        let person: PersonID
        let kind: Class
    }

    private struct Bucket {
        var tokens: Double
        var at: ContinuousClock.Instant
        var toldAt: ContinuousClock.Instant?
    }

    /// Buckets that are full again need not be remembered; more than this are looked through for them.
    static let most = 10_000
    private static let minute = Duration.seconds(60)

    private let limits: Limits
    private let now: @Sendable () -> ContinuousClock.Instant
    private let buckets = Mutex<[Key: Bucket]>([:])

    package init(
        _ limits: Limits = .init(),
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.limits = limits
        self.now = now
    }

    /// How many buckets are remembered.
    var count: Int { buckets.withLock { $0.count } }

    /// Takes one token of each class, or none.
    ///
    /// - Throws: ``Refusal`` of the class that has to wait longest.
    package func take(_ kinds: [Class], for person: PersonID) throws(Refusal) {
        let now = now()
        let refusal: Refusal? = buckets.withLock { buckets in
            if buckets.count >= Self.most { forget(&buckets, at: now) }
            var refusals: [Refusal] = []
            for kind in kinds {
                let key = Key(person: person, kind: kind)
                let bucket = filled(buckets[key], kind, at: now)
                if bucket.tokens < 1 {
                    let wait = (1 - bucket.tokens) * 60 / Double(limits[kind])
                    refusals.append(Refusal(kind: kind, retryAfter: max(1, Int(wait.rounded(.up)))))
                }
                buckets[key] = bucket
            }
            if refusals.isEmpty {
                for kind in kinds { buckets[Key(person: person, kind: kind)]?.tokens -= 1 }
            }
            return refusals.max { $0.retryAfter < $1.retryAfter }
        }
        if let refusal { throw refusal }
    }

    /// Whether a refusal should be told of: once a minute for each person and class, so that a script that hammers
    /// fills no log.
    func isWorthTelling(_ refusal: Refusal, of person: PersonID) -> Bool {
        let now = now()
        return buckets.withLock { buckets in
            let key = Key(person: person, kind: refusal.kind)
            if let told = buckets[key]?.toldAt, now - told < Self.minute { return false }
            buckets[key]?.toldAt = now
            return true
        }
    }

    /// Gives back what was taken for a command that turned out to have been carried out before.
    package func giveBack(_ kinds: [Class], for person: PersonID) {
        buckets.withLock { buckets in
            for kind in kinds {
                let key = Key(person: person, kind: kind)
                guard let tokens = buckets[key]?.tokens else { continue }
                buckets[key]?.tokens = min(Double(limits[kind]), tokens + 1)
            }
        }
    }

    /// A bucket as it stands now: full when it was never used.
    private func filled(_ bucket: Bucket?, _ kind: Class, at now: ContinuousClock.Instant) -> Bucket {
        let capacity = Double(limits[kind])
        guard var bucket else { return Bucket(tokens: capacity, at: now) }
        bucket.tokens = min(capacity, bucket.tokens + max(0, (now - bucket.at) / Self.minute) * capacity)
        bucket.at = now
        return bucket
    }

    /// Removes what is full again, which says nothing; should that not be enough, everything: that lets too much
    /// pass for a minute, and memory stays bounded whoever makes up persons.
    private func forget(_ buckets: inout [Key: Bucket], at now: ContinuousClock.Instant) {
        buckets = buckets.filter { key, bucket in
            filled(bucket, key.kind, at: now).tokens < Double(limits[key.kind])
        }
        if buckets.count >= Self.most { buckets = [:] }
    }
}
