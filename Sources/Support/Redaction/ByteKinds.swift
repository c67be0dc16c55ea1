/// What kind of sign a byte is; by a table, since every byte of every line is asked several times.
private enum ByteKind {
    static let digit: UInt8 = 1
    static let upper: UInt8 = 2
    static let lower: UInt8 = 4
    static let joint: UInt8 = 8
    static let hex: UInt8 = 16
    static let quote: UInt8 = 32
    static let blank: UInt8 = 64
    static let lineBreak: UInt8 = 128

    static let table: [UInt8] = (0...255).map { byte in
        switch Unicode.Scalar(UInt8(byte)) {
        case "0"..."9": digit | hex
        case "A"..."F": upper | hex
        case "G"..."Z": upper
        case "a"..."f": lower | hex
        case "g"..."z": lower
        case "-", "_": joint
        case "\"", "'", "`": quote
        case " ", "\t": blank
        case "\n", "\r": lineBreak
        default: 0
        }
    }
}

extension UInt8 {
    private func isAny(_ kinds: UInt8) -> Bool { ByteKind.table[Int(self)] & kinds != 0 }

    var isDigit: Bool { isAny(ByteKind.digit) }
    var isUpper: Bool { isAny(ByteKind.upper) }
    var isLower: Bool { isAny(ByteKind.lower) }
    var isAlphanumeric: Bool { isAny(ByteKind.digit | ByteKind.upper | ByteKind.lower) }
    /// What keys and names of fields consist of.
    var isToken: Bool { isAny(ByteKind.digit | ByteKind.upper | ByteKind.lower | ByteKind.joint) }
    var isHex: Bool { isAny(ByteKind.hex) }
    var isQuote: Bool { isAny(ByteKind.quote) }
    var isBlank: Bool { isAny(ByteKind.blank) }
    var isLineBreak: Bool { isAny(ByteKind.lineBreak) }
    var lowercased: UInt8 { isUpper ? self | 0x20 : self }
}
