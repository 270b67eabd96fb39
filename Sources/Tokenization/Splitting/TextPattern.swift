/// What `Split` and `Replace` look for.
enum TextPattern: Sendable {
    /// Exactly these bytes.
    case literal(LiteralPattern)
    /// An expression with a hand-written matcher, which matches everywhere.
    case known(SplitPattern)
    case expression(Pattern)

    /// Cuts `range` into matches and what is between them.
    ///
    /// To an expression, the range is the whole text.
    func segments(of bytes: [UInt8], in range: Range<Int>) -> MatchSegments {
        var segments = MatchSegments(from: range.lowerBound)
        switch self {
        case .literal(let literal): return literal.segments(of: bytes, in: range)
        case .known(let pattern):
            let scanner = PatternScanner()
            var start = range.lowerBound
            while start < range.upperBound {
                let end = scanner.matchEnd(pattern, bytes, from: start, to: range.upperBound)
                segments.append(match: start..<end)
                start = end
            }
        case .expression(let pattern):
            pattern.forEachMatch(in: bytes, range) { segments.append(match: $0) }
        }
        segments.finish(at: range.upperBound)
        return segments
    }

    /// A match that begins with the range, or another one that proves that there is none.
    func firstMatch(in bytes: [UInt8], _ range: Range<Int>) -> Range<Int>? {
        switch self {
        case .literal(let literal):
            return bytes[range].starts(with: literal.bytes)
                ? range.lowerBound..<range.lowerBound + literal.bytes.count : nil
        case .known(let pattern):
            guard !range.isEmpty else { return nil }
            let end = PatternScanner().matchEnd(pattern, bytes, from: range.lowerBound, to: range.upperBound)
            return range.lowerBound..<end
        case .expression(let pattern):
            var matcher = pattern.matcher(bytes, range)
            return matcher.next()
        }
    }
}

extension LiteralPattern {
    func segments(of bytes: [UInt8], in range: Range<Int>) -> MatchSegments {
        var segments = MatchSegments(from: range.lowerBound)
        forEachMatch(bytes, in: range) { segments.append(match: $0) }
        segments.finish(at: range.upperBound)
        return segments
    }
}
