/// Collects the bytes with which a match of a node can begin.
struct FirstByteSet {
    private var members = [Bool](repeating: false, count: 256)

    /// Returns whether the node can match nothing, so that what follows it may come first.
    mutating func addFirst(of node: PatternNode) -> Bool {
        switch node {
        case .empty, .anchor, .lookahead, .lookbehind:
            return true
        case .set(let set):
            for range in set.ranges { addFirst(of: range) }
            return false
        case .sequence(let parts):
            for part in parts where !addFirst(of: part) { return false }
            return true
        case .alternatives(let branches):
            var isNullable = false
            for branch in branches where addFirst(of: branch) { isNullable = true }
            return isNullable
        case .repeated(let body, let minimum, _, _):
            return addFirst(of: body) || minimum == 0
        case .atomic(let body):
            return addFirst(of: body)
        }
    }

    var packed: PatternProgram.FirstBytes {
        var words: [UInt64] = [0, 0, 0, 0]
        for (byte, isMember) in members.enumerated() where isMember {
            words[byte / 64] |= 1 << UInt64(byte % 64)
        }
        return PatternProgram.FirstBytes(words: (words[0], words[1], words[2], words[3]))
    }

    /// First bytes of UTF-8 ascend with the scalars.
    private mutating func addFirst(of range: ClosedRange<UInt32>) {
        for byte in Self.firstByte(range.lowerBound)...Self.firstByte(range.upperBound) {
            members[Int(byte)] = true
        }
    }

    private static func firstByte(_ scalar: UInt32) -> UInt8 {
        switch scalar {
        case ..<0x80: UInt8(scalar)
        case ..<0x800: UInt8(0xC0 | scalar >> 6)
        case ..<0x10000: UInt8(0xE0 | scalar >> 12)
        default: UInt8(0xF0 | scalar >> 18)
        }
    }
}
