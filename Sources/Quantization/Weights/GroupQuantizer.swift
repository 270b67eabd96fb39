internal import Tensors

/// Rounds the weights of one output and group to 4 bits.
struct GroupQuantizer: Sendable, Equatable {
    /// Whether zero stands for the middle of the range, or for what the group's own smallest value needs.
    var isSymmetric: Bool

    static let maximum: Float = 15
    static let symmetricZero: UInt8 = 8

    /// A scale that fp16 holds, and the integer that stands for zero.
    struct Parameters: Sendable {
        var scaleBits: UInt16
        var scale: Float
        var zero: Float
    }

    /// - Parameter limit: magnitudes are cut off here.
    /// - Returns: `nil` when fp16 cannot hold the scale.
    func parameters(
        _ weights: UnsafeBufferPointer<Float>, limit: Float = .infinity
    ) -> Parameters? {
        // Zero is always in the range: a group of weights of one sign would lose its largest ones otherwise.
        var low: Float = 0
        var high: Float = 0
        for weight in weights {
            let value = max(-limit, min(limit, weight))
            low = min(low, value)
            high = max(high, value)
        }
        return isSymmetric ? symmetric(low, high) : asymmetric(low, high)
    }

    /// The integer for a weight.
    static func quantize(_ weight: Float, _ parameters: Parameters, limit: Float = .infinity) -> Float {
        let value = max(-limit, min(limit, weight))
        let rounded = (value / parameters.scale).rounded(.toNearestOrEven) + parameters.zero
        return max(0, min(maximum, rounded))
    }

    private func symmetric(_ low: Float, _ high: Float) -> Parameters? {
        parameters(scale: max(max(abs(low), abs(high)), Self.smallestSpan) / 7) { _ in
            Float(Self.symmetricZero)
        }
    }

    private func asymmetric(_ low: Float, _ high: Float) -> Parameters? {
        parameters(scale: max(high - low, Self.smallestSpan) / Self.maximum) { scale in
            max(0, min(Self.maximum, -(low / scale).rounded(.toNearestOrEven)))
        }
    }

    /// Of a group whose weights are all the same, or zero.
    private static let smallestSpan: Float = 1e-5

    private func parameters(scale: Float, zero: (Float) -> Float) -> Parameters? {
        let bits = HalfFloat.bits(scale)
        let held = HalfFloat.value(bits)
        guard held.isFinite, held > 0 else { return nil }
        return Parameters(scaleBits: bits, scale: held, zero: zero(held))
    }
}
