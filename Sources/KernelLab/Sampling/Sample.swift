/// One measurement between two of its ceiling, in 10^9 units per second.
package struct Sample: Sendable, Equatable {
    package var rate: Double
    package var ceilingBefore: Double
    package var ceilingAfter: Double

    package init(rate: Double, ceilingBefore: Double, ceilingAfter: Double) {
        self.rate = rate
        self.ceilingBefore = ceilingBefore
        self.ceilingAfter = ceilingAfter
    }

    package var ceiling: Double { (ceilingBefore + ceilingAfter) / 2 }
    package var ratio: Double { rate / ceiling }
    /// How far the ceiling moved meanwhile, as a share of it.
    package var drift: Double { Drift.between(ceilingBefore, ceilingAfter) }
}

/// How far two measurements of the same thing are apart.
package enum Drift {
    /// What a clock or a neighbour may change before a comparison means nothing.
    package static let tolerance = 0.10

    /// Their distance as a share of their mean; infinite when one is no rate.
    package static func between(_ first: Double, _ second: Double) -> Double {
        guard first > 0, second > 0, first.isFinite, second.isFinite else { return .infinity }
        return abs(first - second) / ((first + second) / 2)
    }
}

extension Array where Element == Double {
    /// The middle value, or the mean of the two in the middle; `nil` when empty.
    package var median: Double? {
        guard !isEmpty else { return nil }
        let ordered = sorted()
        let middle = count / 2
        return count.isMultiple(of: 2) ? (ordered[middle - 1] + ordered[middle]) / 2 : ordered[middle]
    }
}
