/// Damages a file in the ways that find mistakes in readers, reproducibly.
package struct FileMutator: Sendable {
    private var random: SeededGenerator

    package init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
    }

    /// Numbers at the edges of what readers compute with.
    private static let numbers: [UInt64] = [
        0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 1 << 40,
        1 << 62, 1 << 63, .max, .max - 7,
    ]
    /// What the same numbers look like in text.
    private static let words = [
        "-1", "0", "1e999", "9223372036854775807", "18446744073709551616", "null", "[]", "{}", "\"\"", "true",
        "0.5", "[[[[", "\\ud800", "nan",
    ]

    /// A copy with one to four changes.
    package mutating func mutated(_ original: [UInt8]) -> [UInt8] {
        var bytes = original
        for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
            change(&bytes)
        }
        return bytes
    }

    private mutating func change(_ bytes: inout [UInt8]) {
        let position = Int.random(in: 0..<bytes.count, using: &random)
        let length = min(Int.random(in: 1...64, using: &random), bytes.count - position)
        switch Int.random(in: 0..<9, using: &random) {
        case 0, 1: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 2: bytes[position] = UInt8.random(in: 0...255, using: &random)
        case 3: bytes.removeLast(bytes.count - position)
        case 4: bytes.removeSubrange(position..<position + length)
        case 5: bytes.insert(contentsOf: bytes[position..<position + length], at: position)
        case 6: overwrite(&bytes, at: position)
        case 7:
            let word = Self.words.randomElement(using: &random) ?? ""
            bytes.replaceSubrange(position..<min(position + 4, bytes.count), with: Array(word.utf8))
        default: replaceNumber(&bytes, near: position)
        }
    }

    private mutating func overwrite(_ bytes: inout [UInt8], at position: Int) {
        let number = Self.numbers.randomElement(using: &random) ?? 0
        let size = [2, 4, 8].randomElement(using: &random) ?? 8
        for (index, byte) in LittleEndian.bytes(number).prefix(size).enumerated()
        where position + index < bytes.count {
            bytes[position + index] = byte
        }
    }

    /// Replaces the next number written in digits, if there is one.
    private mutating func replaceNumber(_ bytes: inout [UInt8], near position: Int) {
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        guard let start = bytes[position...].firstIndex(where: digits.contains) else { return }
        let end = bytes[start...].firstIndex { !digits.contains($0) } ?? bytes.count
        let word = Self.words.randomElement(using: &random) ?? ""
        bytes.replaceSubrange(start..<end, with: Array(word.utf8))
    }
}
