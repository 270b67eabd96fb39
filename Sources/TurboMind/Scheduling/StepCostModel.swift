/// How long steps take, learned from those that have run: what decoding costs, and what a row of a prompt adds.
///
/// It bounds how many prompt rows run beside replies, so that a long prompt does not hold running replies up. Only
/// the time of a reply depends on it: how a prompt is cut changes no bit.
package struct StepCostModel: Sendable {
    /// Seconds of a step that only decodes, and how many rows it had.
    private var decodeSeconds: Double?
    private var decodeRows = 0.0
    /// Seconds that a row of a prompt adds.
    private var secondsPerPrefillRow: Double?

    /// A step may take this many times as long as one that only decodes. A reply's longest gap between two tokens is
    /// to stay under three times the median; the rest is for noise and for contexts that grow.
    private static let slowdown = 2.0
    /// Share of the newest observation: the last five or so count.
    private static let share = 0.2
    /// Fewer rows would spend most of the step on reading weights.
    private static let minimumRows = 8

    package init() {}

    /// Takes note of a step.
    package mutating func note(decodeRows rows: Int, prefillRows: Int, seconds: Double) {
        if prefillRows == 0 {
            decodeSeconds = mixed(decodeSeconds, seconds)
            decodeRows = mixed(rows == 0 ? nil : decodeRows, Double(rows))
        } else if let base = expectedDecodeSeconds(rows: rows) {
            let added = max(seconds - base, 0) / Double(prefillRows)
            secondsPerPrefillRow = mixed(secondsPerPrefillRow, added)
        } else {
            secondsPerPrefillRow = mixed(secondsPerPrefillRow, seconds / Double(prefillRows + rows))
        }
    }

    /// Most prompt rows beside `rows` rows of replies; `nil` while nothing is known.
    package func prefillBudget(beside rows: Int) -> Int? {
        guard let added = secondsPerPrefillRow, added > 0, let base = expectedDecodeSeconds(rows: rows) else {
            return nil
        }
        return max(Self.minimumRows, Int(min((Self.slowdown - 1) * base / added, 1e6)))
    }

    /// Many rows cost what prompt rows do; few cost what reading the weights does.
    private func expectedDecodeSeconds(rows: Int) -> Double? {
        guard rows > 0 else { return 0 }
        guard let decodeSeconds else { return nil }
        return decodeSeconds + max(Double(rows) - decodeRows, 0) * (secondsPerPrefillRow ?? 0)
    }

    private func mixed(_ old: Double?, _ new: Double) -> Double {
        guard let old else { return new }
        return old + Self.share * (new - old)
    }
}
