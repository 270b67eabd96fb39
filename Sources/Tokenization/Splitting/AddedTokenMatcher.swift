/// Finds added tokens: at the leftmost place where one begins, the longest one.
struct AddedTokenMatcher: Sendable {
    enum Segment {
        case text(Range<Int>)
        case token(Int32)
    }

    let tokens: [AddedToken]
    /// From the pattern to the index in `tokens`.
    private let patterns: PrefixIndex

    /// Patterns must not be empty.
    init(_ tokens: [AddedToken]) {
        let tokens = tokens.sorted { $0.id < $1.id }
        self.tokens = tokens
        // Of tokens with the same text the last one is found, as it is in the vocabulary.
        patterns = PrefixIndex(Array(0..<Int32(tokens.count))) { tokens[Int($0)].pattern[...] }
    }

    /// Cuts `range` into added tokens and the text between them, in order.
    ///
    /// Without `includingSpecial`, the text of special tokens stays text.
    func forEachSegment(
        of bytes: [UInt8], in range: Range<Int>, includingSpecial: Bool, _ body: (Segment) -> Void
    ) {
        var pending = range.lowerBound
        var index = tokens.isEmpty ? range.upperBound : range.lowerBound
        while index < range.upperBound {
            guard patterns.hasKeys(from: bytes[index]),
                let found = patterns.longest(bytes, from: index, to: range.upperBound)
            else {
                index += 1
                continue
            }
            let token = tokens[Int(found.value)]
            let match = index..<index + found.count
            index = match.upperBound
            guard includingSpecial || !token.isSpecial, isAllowed(token, match, bytes, range) else {
                continue
            }
            let start =
                token.stripsLeft ? leadingSpaceStart(match.lowerBound, bytes, pending) : match.lowerBound
            let end = token.stripsRight ? trailingSpaceEnd(match.upperBound, bytes, range) : match.upperBound
            if pending < start { body(.text(pending..<start)) }
            // Nothing is left of a token whose text the one before has taken as its space.
            if start < end { body(.token(token.id)) }
            pending = end
        }
        if pending < range.upperBound { body(.text(pending..<range.upperBound)) }
    }

    // MARK: - Internals

    private func isAllowed(
        _ token: AddedToken, _ match: Range<Int>, _ bytes: [UInt8], _ range: Range<Int>
    ) -> Bool {
        guard token.isSingleWord else { return true }
        if match.lowerBound > range.lowerBound,
            TextScalars.shared.isWord(bytes.scalar(at: bytes.scalarStart(before: match.lowerBound)).value)
        {
            return false
        }
        return match.upperBound == range.upperBound
            || !TextScalars.shared.isWord(bytes.scalar(at: match.upperBound).value)
    }

    private func leadingSpaceStart(_ end: Int, _ bytes: [UInt8], _ limit: Int) -> Int {
        var start = end
        while start > limit {
            let previous = bytes.scalarStart(before: start)
            guard ScalarClassTable.shared[bytes.scalar(at: previous).value] == .whitespace else { break }
            start = previous
        }
        return max(start, limit)
    }

    private func trailingSpaceEnd(_ start: Int, _ bytes: [UInt8], _ range: Range<Int>) -> Int {
        var end = start
        while end < range.upperBound {
            let (scalar, width) = bytes.scalar(at: end)
            guard ScalarClassTable.shared[scalar] == .whitespace else { break }
            end += width
        }
        return end
    }
}
