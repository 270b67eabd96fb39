package import Tensors

/// Root-mean-square layer normalisation (Zhang and Sennrich 2019, section 4):
/// `x / sqrt(mean(x^2) + epsilon) * weight`. It runs as the prologue of the linear layer that follows.
package struct RMSNorm: Sendable {
    package let weight: FloatBuffer
    package let epsilon: Float

    package init(weight: FloatBuffer, epsilon: Float) {
        self.weight = weight
        self.epsilon = epsilon
    }

    package var prologue: LinearPrologue {
        .rmsNorm(weight: UnsafePointer(weight.pointer), epsilon: epsilon)
    }

    /// One row, normalised here and not in a step.
    package func apply(to row: UnsafeBufferPointer<Float>) -> [Float] {
        let squares = row.reduce(0.0) { $0 + Double($1) * Double($1) }
        let scale = Float(1 / (squares / Double(row.count) + Double(epsilon)).squareRoot())
        return zip(row, weight.elements).map { $0 * scale * $1 }
    }
}
