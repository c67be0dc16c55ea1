/// Deadlines in coarse slots: to set one, to drop one and to find the late ones cost the same for any number.
struct DeadlineWheel {
    /// A deadline may be passed by this much; long-polls last seconds, and each tick costs a wake-up.
    static let grain = Duration.milliseconds(50)

    private let start = ContinuousClock.now
    private var slots: [Int: Set<Int>] = [:]
    private var slotOf: [Int: Int] = [:]

    mutating func insert(_ number: Int, at deadline: ContinuousClock.Instant) {
        // Rounded up, so that nobody is late before their time.
        let slot = index(of: deadline) + 1
        slots[slot, default: []].insert(number)
        slotOf[number] = slot
    }

    mutating func remove(_ number: Int) {
        guard let slot = slotOf.removeValue(forKey: number) else { return }
        slots[slot]?.remove(number)
        if slots[slot]?.isEmpty == true { slots[slot] = nil }
    }

    /// Takes out all whose deadline has passed.
    mutating func expire(at now: ContinuousClock.Instant) -> [Int] {
        let current = index(of: now)
        // There are as many slots as grains in the longest wait: a few hundred.
        let late = slots.keys.filter { $0 <= current }.flatMap { slots.removeValue(forKey: $0) ?? [] }
        for number in late { slotOf[number] = nil }
        return late
    }

    private func index(of instant: ContinuousClock.Instant) -> Int {
        Int((instant - start) / Self.grain)
    }
}
