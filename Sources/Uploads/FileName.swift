/// The name of a file as it is shown: text and nothing else, never used on disk.
package enum FileName {
    /// Unicode scalars; the longest names that common file systems have are 255 bytes.
    package static let longest = 120

    /// What can be shown of a name that somebody sent.
    ///
    /// Paths, control characters and signs that turn the reading direction are left out; a long name loses
    /// its middle and keeps its ending.
    package static func shown(_ sent: String) -> String {
        let last =
            sent.unicodeScalars.split(
                omittingEmptySubsequences: true,
                whereSeparator: { $0 == "/" || $0 == "\\" || $0 == "\0" }
            ).last ?? []
        var scalars = last.filter(isShown).map { $0.properties.isWhitespace ? " " : $0 }[...]
        while scalars.first == " " || scalars.first == "." { scalars = scalars.dropFirst() }
        while scalars.last == " " || scalars.last == "." { scalars = scalars.dropLast() }
        guard !scalars.isEmpty else { return "file" }
        if scalars.count > longest {
            let ending = 20
            scalars = scalars.prefix(longest - ending - 1) + ["…"] + scalars.suffix(ending)
        }
        var name = String.UnicodeScalarView()
        name.append(contentsOf: scalars)
        return String(name)
    }

    private static func isShown(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        // A joiner makes one picture of several; the others turn or hide what is read.
        case .format: scalar == "\u{200D}"
        default: true
        }
    }

    /// A value for `Content-Disposition` under which a browser saves the file (RFC 6266).
    package static func attachment(_ name: String) -> String {
        let plain = String(
            String.UnicodeScalarView(
                name.unicodeScalars.map {
                    $0.isASCII && $0.value >= 0x20 && $0.value < 0x7F && $0 != "\"" && $0 != "\\" && $0 != "%"
                        ? $0 : "_"
                }
            )
        )
        let extended = name.utf8.map { byte -> String in
            let sign = Unicode.Scalar(byte)
            let isPlain =
                sign.isASCII
                && (sign.properties.isAlphabetic || sign.properties.numericType != nil
                    || "-._".unicodeScalars.contains(sign))
            return isPlain
                ? String(sign) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }.joined()
        return "attachment; filename=\"\(plain)\"; filename*=UTF-8''\(extended)"
    }
}
