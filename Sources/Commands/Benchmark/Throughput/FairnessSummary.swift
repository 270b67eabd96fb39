/// How evenly tokens arrived: the longest wait inside a reply against its usual one.
package struct FairnessSummary: Sendable, Equatable, Encodable {
    /// Longest time between two tokens of any reply.
    package var worstGapSeconds: Double
    /// Median time between two tokens, of all replies together.
    package var medianGapSeconds: Double
    /// Longest over median time between two tokens, of the reply where that is largest.
    package var worstRatio: Double
    /// The same of the median reply.
    package var typicalRatio: Double

    /// Fewer times have no median worth the name.
    package static let fewestGaps = 8

    /// - Parameter gaps: times between the tokens of each reply.
    /// - Returns: `nil` when no reply is long enough.
    package init?(gaps: [[Double]]) {
        let replies = gaps.filter { $0.count >= Self.fewestGaps }
        let ratios = replies.compactMap { gaps -> Double? in
            guard let worst = gaps.max() else { return nil }
            let median = gaps.percentile(0.5)
            return median > 0 ? worst / median : nil
        }
        guard let worstRatio = ratios.max(), let worstGap = replies.joined().max() else { return nil }
        worstGapSeconds = worstGap
        medianGapSeconds = Array(replies.joined()).percentile(0.5)
        self.worstRatio = worstRatio
        typicalRatio = ratios.percentile(0.5)
    }
}
