// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
// Linked with libclamav, which is GPL-2.0 only; see docs/decisions/0060.

import CClamAV
import Glibc

/// Whether libclamav finds at all what it must unpack first, where it unpacks everybody's files.
///
/// Its engine knows EICAR alone, so the operator's signatures need not.
final class SelfTest {
    /// Taken apart, so that this program is not found itself.
    private static let eicar = Array(
        (#"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR"# + "-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*").utf8
    )
    private static let hexadecimal = eicar.map { byte in
        let digits = String(byte, radix: 16)
        return digits.count == 1 ? "0" + digits : digits
    }.joined()

    /// EICAR as the stream of a PDF, packed, so that only who unpacks it finds it.
    private static let pdf = """
        %PDF-1.4
        1 0 obj
        << /Length \(hexadecimal.utf8.count + 1) /Filter /ASCIIHexDecode >>
        stream
        \(hexadecimal)>
        endstream
        endobj
        trailer
        << /Root 1 0 R >>
        %%EOF

        """

    private static let mail = """
        From: a@parley.test
        Subject: test
        MIME-Version: 1.0
        Content-Type: multipart/mixed; boundary="b"

        --b
        Content-Type: application/octet-stream; name="a.com"
        Content-Transfer-Encoding: base64
        Content-Disposition: attachment; filename="a.com"

        \(base64)
        --b--

        """

    private static let base64 = {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        var text = ""
        for start in stride(from: 0, to: eicar.count, by: 3) {
            let bytes = eicar[start..<min(start + 3, eicar.count)]
            let bits = bytes.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - bytes.count))
            text += (0...bytes.count).map { String(alphabet[bits >> (18 - 6 * $0) & 63]) }.joined()
            text += String(repeating: "=", count: 3 - bytes.count)
        }
        return text
    }()

    private let space: TemporarySpace
    private var engine: OpaquePointer?

    init(in space: TemporarySpace) { self.space = space }

    deinit { if let engine { cl_engine_free(engine) } }

    /// Why nothing may be scanned now; nil when all is found.
    func fault() -> String? {
        if let fault = space.fault() { return fault }
        if engine == nil { engine = built() }
        guard let engine else { return "the engine for the self-test cannot be built" }
        for (name, text) in [("a PDF", Self.pdf), ("a mail", Self.mail)] {
            let found = scan(text, with: engine)
            guard case .found = found else {
                return "the self-test's EICAR in \(name) was not found: \(found)"
            }
        }
        return nil
    }

    private func built() -> OpaquePointer? {
        let file = space.path + "/self-test.ndb"
        defer { unlink(file) }
        let descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return nil }
        let line = Array("Self-Test:0:*:\(Self.hexadecimal)\n".utf8)
        let written = write(descriptor, line, line.count)
        close(descriptor)
        guard written == line.count, let engine = cl_engine_new() else { return nil }
        var count: UInt32 = 0
        guard cl_engine_set_str(engine, CL_ENGINE_TMPDIR, space.path) == CL_SUCCESS,
            cl_load(file, engine, &count, UInt32(CL_DB_PHISHING | CL_DB_PHISHING_URLS | CL_DB_BYTECODE))
                == CL_SUCCESS,
            count == 1, cl_engine_compile(engine) == CL_SUCCESS
        else {
            cl_engine_free(engine)
            return nil
        }
        return engine
    }

    private func scan(_ text: String, with engine: OpaquePointer) -> Scan {
        let file = space.path + "/self-test"
        let descriptor = open(file, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return .error("no file can be made in \(space.path)") }
        defer {
            close(descriptor)
            unlink(file)
        }
        let bytes = Array(text.utf8)
        guard write(descriptor, bytes, bytes.count) == bytes.count else {
            return .error("nothing can be written in \(space.path)")
        }
        return Scan(of: descriptor, with: engine, in: space)
    }
}
