import Foundation

/// Feeds a parser what nobody writes: inputs made from a corpus by a seeded generator, so that each can be made again.
///
/// Some thousand in every test run; `make fuzz` takes 100,000. What ends the whole process prints its seed and its
/// input on the way (``CrashNote``).
package struct Fuzz {
    /// A parser did what it must not.
    package struct Fault: Error, CustomStringConvertible {
        package let description: String
    }

    /// One input, and a generator of its own for whoever chops it up.
    package struct Input {
        package let bytes: [UInt8]
        package var random: SeededRandom

        package var text: String { String(decoding: bytes, as: UTF8.self) }

        /// The same bytes as they may arrive.
        package mutating func pieces(_ sizes: ClosedRange<Int> = 1...12) -> [[UInt8]] {
            var pieces: [[UInt8]] = []
            var rest = bytes[...]
            while !rest.isEmpty {
                let size = Int.random(in: sizes, using: &random)
                pieces.append(Array(rest.prefix(size)))
                rest = rest.dropFirst(size)
            }
            return pieces
        }
    }

    /// Without PARLEY_FUZZ_INPUTS so many, or as many as fit into the time.
    private static let usual = (inputs: 5_000, time: Duration.seconds(4))

    private let name: String
    private let corpus: [[UInt8]]
    private let inputs: Int
    private let time: Duration?
    private let seed: UInt64

    /// - Parameter name: of the file `Corpus/NAME.txt` beside the test: an input a line, with `\n`, `\xFF` and the like.
    /// - Throws: ``Fault`` without a corpus.
    package init(_ name: String, file: String = #filePath) throws {
        self.name = name
        let path = URL(filePath: file).deletingLastPathComponent().appending(path: "Corpus/\(name).txt")
        let lines = try String(contentsOf: path, encoding: .utf8).split(separator: "\n")
        guard !lines.isEmpty else { throw Fault(description: "\(path.path) is empty") }
        corpus = lines.map { FuzzText.bytes(String($0)) }
        let environment = ProcessInfo.processInfo.environment
        let wanted = environment["PARLEY_FUZZ_INPUTS"].flatMap { Int($0) }
        inputs = wanted ?? Self.usual.inputs
        time = wanted == nil ? Self.usual.time : nil
        seed = environment["PARLEY_FUZZ_SEED"].flatMap { UInt64($0) } ?? 1
    }

    /// Hands the corpus as it is, and then what is made of it, to `check`.
    ///
    /// - Throws: ``Fault`` with the seed and the input for the first that `check` throws at.
    package func run(_ check: (inout Input) async throws -> Void) async throws {
        let note = CrashNote(name)
        defer { note.close() }
        let clock = ContinuousClock()
        let start = clock.now
        var mutation = Mutation(corpus: corpus, random: SeededRandom(seed: seed))
        for number in 0..<max(inputs, corpus.count) {
            if let time, number >= corpus.count, clock.now - start > time { return }
            let bytes = number < corpus.count ? corpus[number] : mutation.next()
            note.write("seed \(seed), input \(number)", bytes)
            var input = Input(bytes: bytes, random: SeededRandom(seed: seed &+ UInt64(number)))
            do {
                try await check(&input)
            } catch {
                throw Fault(
                    description: "\(name), seed \(seed), input \(number), as a line of Corpus/\(name).txt: "
                        + "\(FuzzText.line(bytes)): \(error)"
                )
            }
        }
    }

    /// Throws unless `condition` holds.
    package static func expect(_ condition: Bool, _ words: @autoclosure () -> String) throws {
        guard condition else { throw Fault(description: words()) }
    }
}

/// Makes inputs out of others: cut, doubled, joined, with signs changed that parsers look at.
private struct Mutation {
    private static let longest = 4_096
    private static let signs: [[UInt8]] =
        [
            "\r\n", "\n", "\r", "\0", " ", "\t", "\"", "\\", "'", "=", ":", ";", ",", "&", "%", "+", "-",
            "--", "<", ">",
            "[", "]", "(", ")", "{", "}", "*", "_", "`", "#", "|", "~", "!", "/", "..", "%00", "\u{FEFF}",
            "é", "\u{202E}",
            "😀", "0", "-1", "9223372036854775807", "1e999", "null", "true", "data:",
        ].map { Array($0.utf8) } + [
            [0xFF], [0xC3], [0xE2, 0x82], [0x80], [0x7F], [0x80, 0, 0, 0], [0x7F, 0xFF, 0xFF, 0xFF],
        ]

    let corpus: [[UInt8]]
    var random: SeededRandom

    mutating func next() -> [UInt8] {
        var bytes = corpus.randomElement(using: &random) ?? []
        for _ in 0..<Int.random(in: 1...6, using: &random) { change(&bytes) }
        return Array(bytes.prefix(Self.longest))
    }

    private mutating func change(_ bytes: inout [UInt8]) {
        let place = Int.random(in: 0...bytes.count, using: &random)
        let length = Int.random(in: 0...min(40, bytes.count - place), using: &random)
        let part = bytes[place..<place + length]
        switch Int.random(in: 0..<8, using: &random) {
        case 0: bytes.removeSubrange(place..<place + length)
        case 1: bytes.insert(contentsOf: Array(part), at: place)
        case 2:
            let times = Int.random(in: 2...60, using: &random)
            bytes.insert(contentsOf: (0..<times).flatMap { _ in part }, at: place)
        case 3 where place < bytes.count: bytes[place] = UInt8.random(in: 0...255, using: &random)
        case 4 where place < bytes.count: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 5:
            let other = corpus.randomElement(using: &random) ?? []
            bytes = bytes[..<place] + other.suffix(Int.random(in: 0...other.count, using: &random))
        case 6: bytes = Array(bytes[..<place])
        default: bytes.insert(contentsOf: Self.signs.randomElement(using: &random) ?? [], at: place)
        }
    }
}

/// SplitMix64: the same numbers for the same seed, on every machine.
package struct SeededRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) {
        state = seed
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
