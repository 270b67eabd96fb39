/// How far a model's predictions are from a reference's.
package struct DivergenceResult: Sendable, Equatable, Encodable {
    /// KL(reference || candidate) over all positions, in nats.
    package let mean: Double
    /// Of the mean, as if positions were independent; nil for one position.
    package let standardErrorOfMean: Double?
    package let median: Double
    package let percentile99: Double
    package let maximum: Double
    /// Share of positions at which both find the same token most likely.
    package let top1Agreement: Double
    package let positions: Int
    package let reference: PerplexityResult
    package let candidate: PerplexityResult

    /// - Parameter divergences: one for each position, at least one.
    init(
        divergences: [Double], agreements: Int, reference: PerplexityResult, candidate: PerplexityResult
    ) {
        var moments = Moments()
        for divergence in divergences { moments.add(divergence) }
        let sorted = divergences.sorted()
        mean = moments.mean
        standardErrorOfMean = moments.standardErrorOfMean
        median = Quantile.of(sorted, 0.5)
        percentile99 = Quantile.of(sorted, 0.99)
        maximum = sorted.last ?? 0
        top1Agreement = Double(agreements) / Double(max(divergences.count, 1))
        positions = divergences.count
        self.reference = reference
        self.candidate = candidate
    }
}

/// Quantiles with linear interpolation between neighbours.
enum Quantile {
    /// - Parameter sorted: ascending.
    static func of(_ sorted: [Double], _ share: Double) -> Double {
        guard let last = sorted.last else { return 0 }
        let place = share * Double(sorted.count - 1)
        let index = Int(place)
        guard index + 1 < sorted.count else { return last }
        return sorted[index] + (place - Double(index)) * (sorted[index + 1] - sorted[index])
    }
}
