internal import Tensors

/// The softmax of a row of logits, with everything that is added up in double precision.
struct Softmax: BitwiseCopyable {
    /// The most likely token; the lowest among equals.
    let argmax: Int32
    private let maximum: Double
    /// Logarithm of the sum of `exp(logit - maximum)`.
    private let logarithmOfSum: Double

    init(_ logits: UnsafeBufferPointer<Float>, kernels: Kernels) {
        let best = kernels.argmax(logits)
        let maximum = Double(logits[best])
        var sum = 0.0
        for logit in logits { sum += exponential(Double(logit) - maximum) }
        argmax = Int32(best)
        self.maximum = maximum
        logarithmOfSum = logarithm(sum)
    }

    init(argmax: Int, maximum: Double, sum: Double) {
        self.argmax = Int32(argmax)
        self.maximum = maximum
        logarithmOfSum = logarithm(sum)
    }

    /// Logarithm of the sum of all `exp(logit)`; not finite where a logit is infinite or no number.
    var logarithmOfPartition: Double { maximum + logarithmOfSum }

    /// The negative logarithm of the probability of a token with this logit.
    func negativeLogLikelihood(of logit: Float) -> Double { (maximum - Double(logit)) + logarithmOfSum }
}
