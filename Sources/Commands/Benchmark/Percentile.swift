extension Array where Element == Double {
    /// The `share` (0...1) quantile, interpolated linearly between the two values around it; `nan` when empty.
    package func percentile(_ share: Double) -> Double {
        guard let last = indices.last else { return .nan }
        let ordered = sorted()
        let position = share * Double(last)
        let below = Int(position.rounded(.down))
        let above = Swift.min(below + 1, last)
        return ordered[below] + (ordered[above] - ordered[below]) * (position - Double(below))
    }

    package var mean: Double { isEmpty ? .nan : reduce(0, +) / Double(count) }
}
