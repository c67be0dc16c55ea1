// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
// Linked with libclamav, which is GPL-2.0 only; see docs/decisions/0060.

/// Whether files may come: signatures are loaded, and the self-test finds what it must.
struct Duty {
    let channel: Channel
    let signatures: Signatures
    let test: SelfTest
    private var loaded: Signatures.Loaded?
    /// nil: there was no test yet, or it found nothing wrong.
    private var fault: String?
    private var nextTest = ContinuousClock.now

    init(channel: Channel, signatures: Signatures, test: SelfTest) {
        self.channel = channel
        self.signatures = signatures
        self.test = test
    }

    /// Loads what the directory holds now.
    mutating func load() {
        do {
            loaded = try signatures.load()
            fault = tested()
            tell()
        } catch {
            channel.send("broken \(error.reason)")
        }
    }

    /// Tests when it is time; after a fault, each time.
    mutating func look() {
        guard loaded != nil, fault != nil || ContinuousClock.now >= nextTest else { return }
        let old = fault
        fault = tested()
        if fault != old { tell() }
    }

    private mutating func tested() -> String? {
        nextTest = .now + Limits.betweenTests
        return test.fault()
    }

    private func tell() {
        if let fault {
            channel.send("unfit \(fault)")
        } else if let loaded {
            channel.send("ready \(loaded.version) \(loaded.time) \(loaded.count)")
        }
    }
}
