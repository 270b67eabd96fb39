internal import Tensors

/// Two models' logits after the same tokens.
struct RowDivergence: BitwiseCopyable {
    /// KL(reference || candidate), in nats.
    let divergence: Double
    /// Whether both find the same token most likely.
    let agrees: Bool
    let reference: Softmax
    let candidate: Softmax

    /// The sum of p (log p - log q) is the mean under p of the logits' differences, less the difference of the
    /// logarithms of the partition functions. Rows of the same bits give exactly 0.
    init(
        reference: UnsafeBufferPointer<Float>, candidate: UnsafeBufferPointer<Float>, kernels: Kernels
    ) {
        let (best, other) = (kernels.argmax(reference), kernels.argmax(candidate))
        let (maximum, otherMaximum) = (Double(reference[best]), Double(candidate[other]))
        var sum = 0.0
        var otherSum = 0.0
        var differences = 0.0
        for index in reference.indices {
            let logit = Double(reference[index])
            let otherLogit = Double(candidate[index])
            let weight = exponential(logit - maximum)
            sum += weight
            otherSum += exponential(otherLogit - otherMaximum)
            // A word that the reference rules out adds nothing, whatever the candidate has.
            if weight > 0 { differences += weight * (logit - otherLogit) }
        }
        self.reference = Softmax(argmax: best, maximum: maximum, sum: sum)
        self.candidate = Softmax(argmax: other, maximum: otherMaximum, sum: otherSum)
        let partitions = self.reference.logarithmOfPartition - self.candidate.logarithmOfPartition
        let value = differences / sum - partitions
        // Rounding may leave less than nothing; what is no number stays that.
        divergence = value < 0 ? 0 : value
        agrees = best == other
    }
}
