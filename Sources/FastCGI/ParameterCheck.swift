/// Walks name-value pairs as libfcgi will, and refuses what it would misread.
///
/// libfcgi adds the two claimed lengths in 32 bits, and keeps pairs as C strings `name=value`: a NUL would
/// cut one short, an `=` in a name would move the border.
/// Source: FastCGI Specification 1.0, section 3.4.
enum ParameterCheck {
    static func check(_ content: [UInt8]) throws(ProtocolFault) {
        var rest = content[...]
        while !rest.isEmpty {
            let nameLength = try length(&rest)
            let valueLength = try length(&rest)
            guard nameLength > 0, nameLength <= rest.count, valueLength <= rest.count - nameLength else {
                throw .malformedParameters
            }
            let name = rest.prefix(nameLength)
            let value = rest.dropFirst(nameLength).prefix(valueLength)
            guard !name.contains(0), !name.contains(UInt8(ascii: "=")), !value.contains(0) else {
                throw .malformedParameters
            }
            rest = rest.dropFirst(nameLength + valueLength)
        }
    }

    /// One byte below 128, or four with the top bit set.
    private static func length(_ rest: inout ArraySlice<UInt8>) throws(ProtocolFault) -> Int {
        guard let first = rest.popFirst() else { throw .malformedParameters }
        guard first & 0x80 != 0 else { return Int(first) }
        guard rest.count >= 3 else { throw .malformedParameters }
        let length = rest.prefix(3).reduce(Int(first & 0x7f)) { $0 << 8 | Int($1) }
        rest = rest.dropFirst(3)
        return length
    }
}
