/// Mean and percentiles of latencies, in seconds.
package struct LatencySummary: Sendable, Equatable, Encodable {
    package var mean: Double
    package var p50: Double
    package var p75: Double
    package var p95: Double
    package var p99: Double

    /// `nil` when there is nothing to summarise.
    package init?(_ seconds: [Double]) {
        guard !seconds.isEmpty else { return nil }
        mean = seconds.mean
        p50 = seconds.percentile(0.5)
        p75 = seconds.percentile(0.75)
        p95 = seconds.percentile(0.95)
        p99 = seconds.percentile(0.99)
    }

    package var all: [Double] { [mean, p50, p75, p95, p99] }
}
