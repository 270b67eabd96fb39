/// What is known of a text before it is parsed: whether it is UTF-8, and how many entries its tape has at most.
///
/// The tape is then allocated once. Growing it would hold it twice at times, and a third of it unused.
enum JSONSurvey {
    /// Every value but the root follows a bracket, a comma or a colon, and so does every name.
    ///
    /// Those inside of strings are counted as well, since looking for strings takes ten times as long; but two
    /// entries take three bytes at least, as in `0,0`, save for containers that are not closed.
    static func entryBound(_ input: UnsafeBufferPointer<UInt8>) -> Int {
        var entries = 1
        for start in stride(from: 0, to: input.count, by: 240) {
            // A sum of bytes, which the compiler makes of 16 or 32 at a time.
            var found: UInt8 = 0
            for byte in input[start..<min(start + 240, input.count)] {
                let comma: UInt8 = byte == UInt8(ascii: ",") ? 1 : 0
                let colon: UInt8 = byte == UInt8(ascii: ":") ? 1 : 0
                // "[" and "{" differ in this bit.
                let bracket: UInt8 = byte | 0x20 == UInt8(ascii: "{") ? 1 : 0
                found &+= comma | colon | bracket
            }
            entries += Int(found)
        }
        return min(entries, (input.count + JSONParser.maximumDepth) / 2 + 1)
    }

    static func checkEncoding(_ input: UnsafeBufferPointer<UInt8>) throws(JSONSyntaxError) {
        let bytes = UnsafeRawBufferPointer(input)
        var index = 0
        while index < bytes.count {
            // SAFETY: the eight bytes lie in the buffer.
            if index + 8 <= bytes.count,
                bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
            {
                index += 8
            } else if bytes[index] < 0x80 {
                index += 1
            } else if let length = sequenceLength(input, at: index) {
                index += length
            } else {
                throw JSONSyntaxError(
                    offset: index, found: "a byte that is not UTF-8", expected: "valid UTF-8")
            }
        }
    }

    /// The bytes of the character outside of ASCII that begins at `index`, or nil where that is no UTF-8 (table
    /// 3-7 of the Unicode standard).
    private static func sequenceLength(_ input: UnsafeBufferPointer<UInt8>, at index: Int) -> Int? {
        let continuation: ClosedRange<UInt8> = 0x80...0xBF
        let (length, second): (Int, ClosedRange<UInt8>)
        switch input[index] {
        case 0xC2...0xDF: (length, second) = (2, continuation)
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: (length, second) = (3, continuation)
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: (length, second) = (4, continuation)
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: return nil
        }
        guard index + length <= input.count, second ~= input[index + 1] else { return nil }
        for offset in 2..<max(length, 2) where !(continuation ~= input[index + offset]) { return nil }
        return length
    }
}
