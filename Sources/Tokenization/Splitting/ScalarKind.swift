/// A kind of scalars that text is cut at.
enum ScalarKind: Sendable {
    case whitespace
    /// ASCII punctuation and symbols, and the Unicode categories of punctuation.
    case punctuation
    case scalar(UInt32)

    func contains(_ scalar: UInt32) -> Bool {
        switch self {
        case .whitespace: ScalarClassTable.shared[scalar] == .whitespace
        case .punctuation: TextScalars.shared.isPunctuation(scalar)
        case .scalar(let only): scalar == only
        }
    }

    /// Cuts `range` into the scalars of this kind, each one a match, and what is between them.
    func segments(of bytes: [UInt8], in range: Range<Int>) -> MatchSegments {
        var segments = MatchSegments(from: range.lowerBound)
        var index = range.lowerBound
        while index < range.upperBound {
            let (scalar, width) = bytes.scalar(at: index)
            if contains(scalar) { segments.append(match: index..<index + width) }
            index += width
        }
        segments.finish(at: range.upperBound)
        return segments
    }
}
