/// Turns a stream of ids into text as it arrives: holds back bytes that may be the beginning of a character
/// until the rest comes.
///
/// All returned text together equals `Tokenizer.decode` of all ids.
package struct StreamingDetokenizer: Sendable {
    private let tokenizer: Tokenizer
    private let skipSpecialTokens: Bool
    /// At most the three bytes of an unfinished character between two calls.
    private var pending: [UInt8] = []

    package init(_ tokenizer: Tokenizer, skipSpecialTokens: Bool) {
        self.tokenizer = tokenizer
        self.skipSpecialTokens = skipSpecialTokens
    }

    /// The text that `id` completes; empty while a character is unfinished.
    package mutating func append(_ id: Int32) -> String {
        tokenizer.append(id, skipSpecialTokens: skipSpecialTokens, to: &pending)
        let complete = pending.count - Self.unfinishedSuffix(of: pending)
        let text = String(decoding: pending[..<complete], as: UTF8.self)
        pending.removeFirst(complete)
        return text
    }

    /// What was held back: U+FFFD when the stream ended inside a character.
    package mutating func finish() -> String {
        let text = String(decoding: pending, as: UTF8.self)
        pending.removeAll()
        return text
    }

    // MARK: - Internals

    /// The length of the suffix that more bytes could make a character.
    private static func unfinishedSuffix(of bytes: [UInt8]) -> Int {
        for length in 1..<4 where length <= bytes.count {
            let lead = bytes[bytes.count - length]
            if lead & 0xC0 == 0x80 { continue }
            guard let needed = scalarLength(lead), needed > length else { return 0 }
            guard length > 1 else { return 1 }
            return secondBytes(after: lead).contains(bytes[bytes.count - length + 1]) ? length : 0
        }
        return 0
    }

    private static func scalarLength(_ lead: UInt8) -> Int? {
        switch lead {
        case 0xC2...0xDF: 2
        case 0xE0...0xEF: 3
        case 0xF0...0xF4: 4
        default: nil
        }
    }

    /// The second bytes that may follow: no overlong forms, no surrogates, nothing above U+10FFFF.
    private static func secondBytes(after lead: UInt8) -> ClosedRange<UInt8> {
        switch lead {
        case 0xE0: 0xA0...0xBF
        case 0xED: 0x80...0x9F
        case 0xF0: 0x90...0xBF
        case 0xF4: 0x80...0x8F
        default: 0x80...0xBF
        }
    }
}
