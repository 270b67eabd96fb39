/// The bytes of a string whose escape sequences are replaced on the way. The parser has found them valid.
package struct JSONUnescapedBytes: Sequence, IteratorProtocol {
    private let text: [UInt8]
    private var position: Int
    private let end: Int
    /// What is left of a character that was escaped, the next byte lowest.
    private var pending: UInt32 = 0
    private var pendingCount = 0

    init(text: [UInt8], position: Int, end: Int) {
        (self.text, self.position, self.end) = (text, position, end)
    }

    package mutating func next() -> UInt8? {
        if pendingCount > 0 { return takePending() }
        guard position < end else { return nil }
        let byte = text[position]
        position += 1
        guard byte == UInt8(ascii: "\\") else { return byte }
        defer { position += 1 }
        switch text[position] {
        case UInt8(ascii: "b"): return 0x08
        case UInt8(ascii: "f"): return 0x0C
        case UInt8(ascii: "n"): return 0x0A
        case UInt8(ascii: "r"): return 0x0D
        case UInt8(ascii: "t"): return 0x09
        case UInt8(ascii: "u"):
            // The first digit is the next; what `defer` adds goes past the last.
            position += 1
            let scalar = scalar()
            for (place, byte) in (UTF8.encode(scalar) ?? .init()).enumerated() {
                pending |= UInt32(byte) << UInt32(8 * place)
                pendingCount += 1
            }
            return takePending()
        case let byte: return byte
        }
    }

    // MARK: - Internals

    private mutating func takePending() -> UInt8 {
        defer {
            pending >>= 8
            pendingCount -= 1
        }
        return UInt8(truncatingIfNeeded: pending)
    }

    /// Reads "D83D\uDE00" and leaves the last digit to be passed.
    private mutating func scalar() -> Unicode.Scalar {
        var value = unit()
        if 0xD800..<0xDC00 ~= value {
            position += 6
            value = 0x1_0000 + (value - 0xD800) << 10 + (unit() - 0xDC00)
        }
        position += 3
        return Unicode.Scalar(value) ?? "\u{FFFD}"
    }

    /// The four digits from here on.
    private func unit() -> UInt32 {
        text[position..<position + 4].reduce(0) { $0 << 4 | UInt32(JSONNumber.hexadecimalDigit($1) ?? 0) }
    }
}
