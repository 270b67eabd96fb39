/// A text cut into matches of a pattern and what is between them, in order and without gaps.
struct MatchSegments: Sendable {
    struct Segment: Sendable, Equatable {
        var range: Range<Int>
        var isMatch: Bool
    }

    private(set) var segments: [Segment] = []
    private var end: Int

    init(from start: Int) {
        end = start
    }

    /// Adds a match that begins at or after the end of the one before.
    mutating func append(match: Range<Int>) {
        if end < match.lowerBound { segments.append(Segment(range: end..<match.lowerBound, isMatch: false)) }
        segments.append(Segment(range: match, isMatch: true))
        end = match.upperBound
    }

    mutating func finish(at limit: Int) {
        if end < limit { segments.append(Segment(range: end..<limit, isMatch: false)) }
        end = limit
    }

    var inverted: MatchSegments {
        var copy = self
        for index in copy.segments.indices { copy.segments[index].isMatch.toggle() }
        return copy
    }
}

/// What becomes of the matches (delimiters) when text is cut at them.
enum SplitBehavior: String, Sendable, CaseIterable {
    case removed = "Removed"
    case isolated = "Isolated"
    case mergedWithPrevious = "MergedWithPrevious"
    case mergedWithNext = "MergedWithNext"
    /// Neighbouring matches are one piece.
    case contiguous = "Contiguous"

    /// The pieces of a text, some of them empty where matches are.
    func pieces(of matches: MatchSegments) -> [Range<Int>] {
        switch self {
        case .isolated: matches.segments.map(\.range)
        case .removed: matches.segments.lazy.filter { !$0.isMatch }.map(\.range)
        case .contiguous: merged(matches.segments) { $0 == $1 }
        case .mergedWithPrevious: merged(matches.segments) { previous, next in next && !previous }
        case .mergedWithNext: mergedWithNext(matches.segments)
        }
    }

    // MARK: - Internals

    /// Joins a segment to the piece before it when `joins(was the one before a match, is this one)`.
    private func merged(
        _ segments: [MatchSegments.Segment], _ joins: (Bool, Bool) -> Bool
    ) -> [Range<Int>] {
        var pieces: [Range<Int>] = []
        var previous = false
        for segment in segments {
            if joins(previous, segment.isMatch), let last = pieces.last {
                pieces[pieces.count - 1] = last.lowerBound..<segment.range.upperBound
            } else {
                pieces.append(segment.range)
            }
            previous = segment.isMatch
        }
        return pieces
    }

    private func mergedWithNext(_ segments: [MatchSegments.Segment]) -> [Range<Int>] {
        var pieces: [Range<Int>] = []
        var next = false
        for segment in segments.reversed() {
            if segment.isMatch, !next, let last = pieces.last {
                pieces[pieces.count - 1] = segment.range.lowerBound..<last.upperBound
            } else {
                pieces.append(segment.range)
            }
            next = segment.isMatch
        }
        return pieces.reversed()
    }
}
