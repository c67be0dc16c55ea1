import Foundation
import TestSupport
import Testing

/// What is scanned.
enum Samples {
    /// Taken apart, so that this file is not found itself.
    static let eicar = Data(
        (#"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR"# + "-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*").utf8
    )

    /// Debian's clamav-testfiles: one program in every packing that libclamav knows.
    static var debian: [String] {
        get throws {
            let folder = "/usr/share/clamav-testfiles"
            let names = try FileManager.default.contentsOfDirectory(atPath: folder)
            return names.sorted().map { folder + "/" + $0 }
        }
    }

    static var infected: [(name: String, content: Data)] {
        let encoded = eicar.base64EncodedString()
        let mail = """
            From: a@parley.test
            Subject: hello
            MIME-Version: 1.0
            Content-Type: multipart/mixed; boundary="b"

            --b
            Content-Type: application/octet-stream; name="a.com"
            Content-Transfer-Encoding: base64
            Content-Disposition: attachment; filename="a.com"

            \(encoded)
            --b--

            """
        let head = "%PDF-1.4\n1 0 obj\n<< /Length \(eicar.count) >>\nstream\n"
        let tail = "\nendstream\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"
        return [
            ("plain", eicar),
            ("zipped three deep", (0..<3).reduce(eicar) { inner, _ in zip([inner]) }),
            ("in a PDF", Data(head.utf8) + eicar + Data(tail.utf8)),
            ("in a mail", Data(mail.utf8)),
        ]
    }

    static var clean: [(name: String, content: Data)] {
        [
            ("empty", Data()), ("text", Data("A plain text.\n".utf8)),
            ("CSV", Data("a,b\n1,2\n".utf8)),
            ("PNG", Data([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) + Data(count: 50)),
            ("zip", zip([Data("one".utf8), Data("two".utf8)])),
            ("PDF", Data("%PDF-1.4\n1 0 obj\n<< >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n".utf8)),
        ]
    }

    static var overLimits: [(name: String, content: Data)] {
        get async throws {
            let bomb = try await bomb()
            return [
                ("30 deep", (0..<30).reduce(Data("deep".utf8)) { inner, _ in zip([inner]) }),
                ("30,000 members", zip((0..<30_000).map { Data("member \($0)".utf8) })),
                ("a bomb of 300 MB", bomb), ("a bomb in a zip", zip([bomb])),
                ("a bomb by zip", zipBomb(bomb)),
            ]
        }
    }

    /// 300 MB of nothing, by gzip.
    private static func bomb() async throws -> Data {
        try await Place.with { place in
            let path = place.path + "/bomb.gz"
            let command = "head -c 300M /dev/zero | gzip -1 >'\(path)'"
            let child = try ChildProcess("/bin/sh", ["-c", command], environment: [:], output: "/dev/null")
            #expect(await child.exited() == 0)
            return try Data(contentsOf: URL(fileURLWithPath: path))
        }
    }

    /// The same by zip itself, whose members libclamav cuts: docs/decisions/0061.
    private static func zipBomb(_ packed: Data) -> Data {
        // gzip's header has 10 bytes; its checksum and size stand at the end.
        let end = packed.suffix(8).reversed().map(UInt32.init)
        let size = end[..<4].reduce(0) { $0 << 8 | $1 }
        let checksum = end[4...].reduce(0) { $0 << 8 | $1 }
        return zip([
            Member(packed: packed.dropFirst(10).dropLast(8), method: 8, checksum: checksum, size: size)
        ])
    }

    private struct Member {
        let packed: Data
        let method: UInt16
        let checksum: UInt32
        let size: UInt32
    }

    /// A zip file with members that are stored as they are.
    static func zip(_ members: [Data]) -> Data {
        zip(members.map { Member(packed: $0, method: 0, checksum: checksum($0), size: UInt32($0.count)) })
    }

    private static func zip(_ members: [Member]) -> Data {
        var content = Data()
        var directory = Data()
        for (index, member) in members.enumerated() {
            let name = Data("member-\(index).zip".utf8)
            let common =
                bytes([20, 0, member.method, 0, 0x21]) + bytes(member.checksum)
                + bytes(UInt32(member.packed.count)) + bytes(member.size)
                + bytes([UInt16(name.count), 0])
            let offset = UInt32(content.count)
            content += bytes(UInt32(0x0403_4B50)) + common + name + member.packed
            directory +=
                bytes(UInt32(0x0201_4B50)) + bytes([20]) + common + bytes([0, 0, 0]) + bytes(UInt32(0))
                + bytes(offset) + name
        }
        let count = UInt16(members.count)
        let end =
            bytes(UInt32(0x0605_4B50)) + bytes([0, 0, count, count]) + bytes(UInt32(directory.count))
            + bytes(UInt32(content.count)) + bytes([0])
        return content + directory + end
    }

    private static func bytes(_ values: [UInt16]) -> Data {
        Data(values.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] })
    }

    private static func bytes(_ value: UInt32) -> Data {
        Data((0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) })
    }

    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { sum, _ in sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1 }
    }

    private static func checksum(_ content: Data) -> UInt32 {
        ~content.reduce(UInt32.max) { sum, byte in
            sum >> 8 ^ table[Int(UInt8(truncatingIfNeeded: sum) ^ byte)]
        }
    }
}
