/// Cutting a stream of bytes where characters end.
enum UTF8Prefix {
    static let replacement: [UInt8] = [0xEF, 0xBF, 0xBD]

    /// The length of the suffix that more bytes could make a character.
    static func unfinishedSuffix(of bytes: [UInt8]) -> Int {
        for length in 1..<4 where length <= bytes.count {
            let lead = bytes[bytes.count - length]
            if lead & 0xC0 == 0x80 { continue }
            guard let needed = scalarLength(lead), needed > length else { return 0 }
            guard length > 1 else { return 1 }
            return secondBytes(after: lead).contains(bytes[bytes.count - length + 1]) ? length : 0
        }
        return 0
    }

    /// Takes what is complete from the beginning of `bytes`; what is not UTF-8 becomes U+FFFD.
    static func takeComplete(from bytes: inout [UInt8]) -> String {
        let complete = bytes.count - unfinishedSuffix(of: bytes)
        let text = String(decoding: bytes[..<complete], as: UTF8.self)
        bytes.removeFirst(complete)
        return text
    }

    // MARK: - Internals

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
