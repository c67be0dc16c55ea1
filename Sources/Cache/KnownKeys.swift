import Synchronization

/// Which keys this process has given a value, by what they are of, so that they can be deleted.
///
/// Only to free memory, and to leave nothing of what is erased: a key that is no longer asked for is never found.
final class KnownKeys: Sendable {
    /// What a value is, of its discussion: of each the newest counts.
    enum Slot: Hashable, Sendable {
        case part(String)
        case round(String)
    }

    /// Some 6 MB; beyond it what is known of a discussion is forgotten, and its values die of age.
    private static let most = 100_000

    private struct State {
        var keys: [String: [Slot: CacheKey]] = [:]
        var count = 0
    }

    private let state = Mutex(State())

    /// - Returns: the key that is no longer of use.
    func note(_ key: CacheKey, as slot: Slot, of discussion: String) -> CacheKey? {
        state.withLock { state in
            if state.count >= Self.most, let other = state.keys.first(where: { $0.key != discussion }) {
                state.count -= other.value.count
                state.keys[other.key] = nil
            }
            let old = state.keys[discussion, default: [:]].updateValue(key, forKey: slot)
            if old == nil { state.count += 1 }
            return old == key ? nil : old
        }
    }

    func list(of discussion: String) -> [CacheKey] {
        state.withLock { state in state.keys[discussion].map { Array($0.values) } ?? [] }
    }

    func forget(_ discussion: String) -> [CacheKey] {
        state.withLock { state in
            guard let keys = state.keys.removeValue(forKey: discussion) else { return [] }
            state.count -= keys.count
            return Array(keys.values)
        }
    }
}
