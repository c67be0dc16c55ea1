/// Numbers that pass for one of a payment card: 13 to 19 digits, in groups or not, with Luhn's check digit.
enum CardNumbers {
    private static let lengths = 13...19

    static func find(in bytes: [UInt8]) -> [Redactor.Finding] {
        var findings: [Redactor.Finding] = []
        var index = 0
        while index < bytes.count {
            // The digits of `%20` belong to no number.
            if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count, bytes[index + 1].isHex,
                bytes[index + 2].isHex
            {
                index += 3
                continue
            }
            guard bytes[index].isDigit, begins(at: index, in: bytes) else {
                index += 1
                continue
            }
            if let end = number(from: index, in: bytes) {
                findings.append(.init(range: index..<end, kind: .card))
                index = end
            } else {
                while index < bytes.count, bytes[index].isDigit { index += 1 }
            }
        }
        return findings
    }

    /// Within a word it is part of an id, unless the word is an escape such as `\n` or `%20`.
    private static func begins(at index: Int, in bytes: [UInt8]) -> Bool {
        guard index > 0, bytes[index - 1].isAlphanumeric else { return true }
        return index > 1 && bytes[index - 2] == UInt8(ascii: "\\")
            || (index > 2 && bytes[index - 3] == UInt8(ascii: "%"))
    }

    /// Where the longest number that begins at `index` ends.
    private static func number(from index: Int, in bytes: [UInt8]) -> Int? {
        // Those of the card networks; a time in milliseconds begins with 1.
        guard (UInt8(ascii: "2")...UInt8(ascii: "6")).contains(bytes[index]) else { return nil }
        var digits: [Int] = []
        var best: Int?
        var position = index
        while position < bytes.count, digits.count <= lengths.upperBound {
            let byte = bytes[position]
            if byte.isDigit {
                digits.append(Int(byte - UInt8(ascii: "0")))
                position += 1
                let ends = position == bytes.count || !bytes[position].isAlphanumeric
                if ends, lengths.contains(digits.count), passes(digits) { best = position }
            } else if let next = afterSeparator(position, in: bytes) {
                position = next
            } else {
                break
            }
        }
        return best
    }

    /// A single blank, dash or dot between two digits.
    private static func afterSeparator(_ index: Int, in bytes: [UInt8]) -> Int? {
        var next = index
        switch bytes[index] {
        case 0x20, UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."): next = index + 1
        case UInt8(ascii: "%") where bytes[index...].starts(with: "%20".utf8): next = index + 3
        // A no-break space.
        case 0xC2 where index + 1 < bytes.count && bytes[index + 1] == 0xA0: next = index + 2
        default: return nil
        }
        return next < bytes.count && bytes[next].isDigit ? next : nil
    }

    private static func passes(_ digits: [Int]) -> Bool {
        var sum = 0
        for (place, digit) in digits.reversed().enumerated() {
            let doubled = place.isMultiple(of: 2) ? digit : digit * 2
            sum += doubled > 9 ? doubled - 9 : doubled
        }
        return sum.isMultiple(of: 10)
    }
}
