/// Finds added tokens: at the leftmost place where one begins, the longest one.
struct AddedTokenMatcher: Sendable {
    enum Segment {
        case text(Range<Int>)
        case token(Int32)
    }

    /// Sorted by pattern; the tokens that share a prefix are neighbours, which makes the array a trie.
    private let tokens: [AddedToken]
    private var isFirstByte = [Bool](repeating: false, count: 256)

    /// Patterns must not be empty.
    init(_ tokens: [AddedToken]) {
        self.tokens = tokens.sorted {
            // Of tokens with the same text the last one is found, as it is in the vocabulary.
            $0.pattern == $1.pattern ? $0.id > $1.id : $0.pattern.lexicographicallyPrecedes($1.pattern)
        }
        for token in tokens { isFirstByte[Int(token.pattern[0])] = true }
    }

    /// Cuts `range` into added tokens and the text between them, in order.
    ///
    /// Without `includingSpecial`, the text of special tokens stays text.
    func forEachSegment(
        of bytes: [UInt8], in range: Range<Int>, includingSpecial: Bool, _ body: (Segment) -> Void
    ) {
        var pending = range.lowerBound
        var index = range.lowerBound
        while index < range.upperBound {
            guard isFirstByte[Int(bytes[index])], let token = longestMatch(bytes, at: index, range.upperBound)
            else {
                index += 1
                continue
            }
            let match = index..<index + token.pattern.count
            index = match.upperBound
            guard includingSpecial || !token.isSpecial, isAllowed(token, match, bytes, range) else {
                continue
            }
            let start =
                token.stripsLeft ? leadingSpaceStart(match.lowerBound, bytes, pending) : match.lowerBound
            if pending < start { body(.text(pending..<start)) }
            body(.token(token.id))
            pending = token.stripsRight ? trailingSpaceEnd(match.upperBound, bytes, range) : match.upperBound
        }
        if pending < range.upperBound { body(.text(pending..<range.upperBound)) }
    }

    // MARK: - Internals

    private func longestMatch(_ bytes: [UInt8], at start: Int, _ end: Int) -> AddedToken? {
        var candidates = 0..<tokens.count
        var longest: AddedToken?
        var depth = 0
        while !candidates.isEmpty {
            // The shortest pattern of candidates that agree so far is sorted first.
            if depth > 0, tokens[candidates.lowerBound].pattern.count == depth {
                longest = tokens[candidates.lowerBound]
            }
            guard start + depth < end else { break }
            candidates = narrow(candidates, depth, bytes[start + depth])
            depth += 1
        }
        return longest
    }

    /// The candidates whose byte at `depth` is `byte`.
    private func narrow(_ candidates: Range<Int>, _ depth: Int, _ byte: UInt8) -> Range<Int> {
        let lower = firstCandidate(candidates, depth, atLeast: Int(byte))
        return lower..<firstCandidate(lower..<candidates.upperBound, depth, atLeast: Int(byte) + 1)
    }

    private func firstCandidate(_ candidates: Range<Int>, _ depth: Int, atLeast byte: Int) -> Int {
        var (low, high) = (candidates.lowerBound, candidates.upperBound)
        while low < high {
            let middle = (low + high) / 2
            let pattern = tokens[middle].pattern
            // A pattern that ends here sorts before all that go on.
            let value = depth < pattern.count ? Int(pattern[depth]) : -1
            if value < byte { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private func isAllowed(
        _ token: AddedToken, _ match: Range<Int>, _ bytes: [UInt8], _ range: Range<Int>
    ) -> Bool {
        guard token.isSingleWord else { return true }
        if match.lowerBound > range.lowerBound,
            Self.isWord(bytes.scalar(at: bytes.scalarStart(before: match.lowerBound)).value)
        {
            return false
        }
        return match.upperBound == range.upperBound || !Self.isWord(bytes.scalar(at: match.upperBound).value)
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

    /// `\w` of UTS #18.
    private static func isWord(_ value: UInt32) -> Bool {
        guard let scalar = Unicode.Scalar(value) else { return false }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .connectorPunctuation: return true
        default: return scalar.properties.isAlphabetic || scalar.properties.isJoinControl
        }
    }
}
