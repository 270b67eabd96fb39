/// How SentencePiece spells bytes that no piece covers: `<0xE6>`.
enum ByteFallback {
    private static let digits = Array("0123456789ABCDEF".utf8)

    static func spelling(of byte: UInt8) -> [UInt8] {
        Array("<0x".utf8) + [digits[Int(byte >> 4)], digits[Int(byte & 15)], UInt8(ascii: ">")]
    }

    /// The byte that a token stands for: digits of either case.
    static func byte(of token: some Collection<UInt8>) -> UInt8? {
        guard token.count == 6, token.starts(with: "<0x".utf8) else { return nil }
        let text = Array(token)
        guard text[5] == UInt8(ascii: ">"), let low = value(of: text[4]) else { return nil }
        // Rust's integers, which the reference reads it with, may begin with a plus.
        if text[3] == UInt8(ascii: "+") { return low }
        return value(of: text[3]).map { $0 << 4 | low }
    }

    private static func value(of digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
