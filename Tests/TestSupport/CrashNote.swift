import Glibc
import Synchronization

/// What a fuzzer is just trying, where a dying process can still print it.
///
/// A trap cannot be caught. So each input is written into memory that was there before, and a signal's handler copies
/// that to standard error with nothing but `write`.
struct CrashNote {
    private static let slots = 32
    private static let room = 16_384

    /// For each slot its length, then its bytes.
    nonisolated(unsafe) private static let lengths: UnsafeMutablePointer<Int> = {
        let lengths = UnsafeMutablePointer<Int>.allocate(capacity: slots)
        lengths.initialize(repeating: 0, count: slots)
        return lengths
    }()
    nonisolated(unsafe) private static let memory: UnsafeMutablePointer<UInt8> = {
        let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: slots * room)
        memory.initialize(repeating: 0, count: slots * room)
        return memory
    }()
    nonisolated(unsafe) private static let former: UnsafeMutablePointer<sigaction> = {
        let former = UnsafeMutablePointer<sigaction>.allocate(capacity: 65)
        former.initialize(repeating: sigaction(), count: 65)
        return former
    }()
    private static let signals = [SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGABRT, SIGFPE]
    private static let used = Atomic<Int>(0)

    private static let isWatching: Void = {
        // Made now: a handler may allocate nothing.
        _ = (lengths, memory, former)
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { signal in CrashNote.printAll(signal) }
        for signal in signals { sigaction(signal, &action, former + Int(signal)) }
    }()

    private let name: String
    private let slot: Int

    init(_ name: String) {
        Self.isWatching
        self.name = name
        slot = Self.used.wrappingAdd(1, ordering: .relaxed).oldValue % Self.slots
    }

    func write(_ words: String, _ bytes: [UInt8]) {
        let line = Array("fuzz: \(name), \(words): \(FuzzText.line(bytes))\n".utf8.prefix(Self.room))
        Self.lengths[slot] = 0
        line.withUnsafeBufferPointer { line in
            guard let start = line.baseAddress else { return }
            (Self.memory + slot * Self.room).update(from: start, count: line.count)
        }
        Self.lengths[slot] = line.count
    }

    func close() { Self.lengths[slot] = 0 }

    /// Prints what all fuzzers are trying: one of them it was.
    ///
    /// The signal then comes again, to whom it went before.
    private static func printAll(_ signal: Int32) {
        for slot in 0..<slots where lengths[slot] > 0 {
            _ = Glibc.write(STDERR_FILENO, memory + slot * room, lengths[slot])
        }
        sigaction(signal, former + Int(signal), nil)
        if signal == SIGABRT { raise(signal) }
    }
}
