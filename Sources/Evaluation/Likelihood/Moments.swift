/// Mean and variance of numbers that come one by one (Welford, 1962: no cancellation).
struct Moments: Sendable {
    private(set) var count = 0
    private(set) var mean = 0.0
    private var sumOfSquares = 0.0

    mutating func add(_ value: Double) {
        count += 1
        let difference = value - mean
        mean += difference / Double(count)
        sumOfSquares += difference * (value - mean)
    }

    /// Of the mean, as if the numbers were independent; nil for fewer than two.
    var standardErrorOfMean: Double? {
        guard count > 1 else { return nil }
        return (sumOfSquares / Double(count - 1) / Double(count)).squareRoot()
    }
}
