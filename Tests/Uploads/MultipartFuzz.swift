import TestSupport
import Testing
import Uploads

@Suite("Forms with files under fuzzed input")
struct MultipartFuzz {
    @Test("are read the same in one piece and in many, or refused")
    func pieces() async throws {
        try await Fuzz("multipart").run { input in
            let whole = try? parse([input.bytes])
            let pieces = try? parse(input.pieces(1...9))
            try Fuzz.expect(whole == pieces, "\(whole as Any) in one piece, \(pieces as Any) in many")
            // Nothing comes out that did not go in.
            let size = whole?.reduce(0) { $0 + $1.content.count } ?? 0
            try Fuzz.expect(size <= input.bytes.count, "\(size) bytes came out")
        }
    }

    @Test("name a boundary or none")
    func boundaries() async throws {
        try await Fuzz("boundary").run { input in
            guard let boundary = Boundary.find(inContentType: input.text) else { return }
            try Fuzz.expect(
                (1...70).contains(boundary.utf8.count),
                "a boundary of \(boundary.utf8.count) bytes"
            )
        }
    }
}
