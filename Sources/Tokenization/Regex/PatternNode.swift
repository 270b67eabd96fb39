/// A regular expression as a tree.
indirect enum PatternNode: Equatable {
    enum Greed {
        case greedy, lazy, possessive
    }

    enum Anchor {
        case textStart, textEnd, textEndOrLastLineBreak, lineStart, lineEnd, wordBoundary, noWordBoundary
    }

    case empty
    /// One scalar of a set.
    case set(ScalarSet)
    case sequence([PatternNode])
    case alternatives([PatternNode])
    /// `maximum` is nil for any number.
    case repeated(PatternNode, minimum: Int, maximum: Int?, greed: Greed)
    case atomic(PatternNode)
    case lookahead(PatternNode, isNegative: Bool)
    case lookbehind(PatternNode, isNegative: Bool)
    case anchor(Anchor)

    /// Whether the node can match nothing.
    var isNullable: Bool {
        switch self {
        case .empty, .lookahead, .lookbehind, .anchor: true
        case .set: false
        case .sequence(let parts): parts.allSatisfy(\.isNullable)
        case .alternatives(let branches): branches.contains(where: \.isNullable)
        case .repeated(let body, let minimum, _, _): minimum == 0 || body.isNullable
        case .atomic(let body): body.isNullable
        }
    }

    /// How many scalars every match has, nil where that differs.
    var fixedLength: Int? {
        switch self {
        case .empty, .lookahead, .lookbehind, .anchor:
            return 0
        case .set:
            return 1
        case .sequence(let parts):
            var total = 0
            for part in parts {
                guard let length = part.fixedLength else { return nil }
                total += length
            }
            return total
        case .alternatives(let branches):
            let lengths = Set(branches.map(\.fixedLength))
            return lengths.count == 1 ? lengths.first ?? nil : nil
        case .repeated(let body, let minimum, let maximum, _):
            guard minimum == maximum, let length = body.fixedLength else { return nil }
            let (product, isOverflow) = length.multipliedReportingOverflow(by: minimum)
            return isOverflow ? nil : product
        case .atomic(let body):
            return body.fixedLength
        }
    }
}
