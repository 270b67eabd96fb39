/// Base64 (RFC 4648) of binary tables in JSON.
enum Base64 {
    static func decode(_ field: JSONField) throws(TokenizerError) -> [UInt8] {
        let text = try field.bytes()
        guard let bytes = bytes(of: text) else { throw error(field, text) }
        return bytes
    }

    /// Nil for text that is not Base64.
    static func bytes(of text: ArraySlice<UInt8>) -> [UInt8]? {
        var digits = text
        while digits.last == UInt8(ascii: "=") { digits.removeLast() }
        guard text.count % 4 == 0, text.count - digits.count <= 2 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 4 * 3 + 2)
        var bits: UInt32 = 0
        var bitCount = 0
        for digit in digits {
            guard let value = value(of: digit) else { return nil }
            bits = bits << 6 | value
            bitCount += 6
            if bitCount >= 8 {
                bitCount -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(bitCount)))
            }
        }
        return bytes
    }

    private static func error(_ field: JSONField, _ text: ArraySlice<UInt8>) -> TokenizerError {
        TokenizerError(
            .inconsistent, field: field.path, found: TokenizerError.quote(text), expected: "Base64",
            advice: TokenizerError.damagedFileAdvice)
    }

    private static func value(of digit: UInt8) -> UInt32? {
        switch digit {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(digit - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(digit - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(digit - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
