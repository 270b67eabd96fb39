/// Factors that move part of the inputs' range into the weights: inputs are divided by them, weights multiplied.
enum InputScaling {
    /// Neither a weight nor an input may vanish.
    private static let smallest: Float = 1e-4

    /// Of mean magnitudes of the inputs alone, to the power of `ratio`: 0 leaves everything as it is.
    static func power(inputs: [Float], ratio: Float) -> [Float] {
        normalized(inputs.map { clamped(Quantization.power(max($0, smallest), ratio)) })
    }

    /// SmoothQuant's balance between the largest inputs and the weights, at one half.
    static func balanced(inputs: [Float], weights: [Float]) -> [Float] {
        normalized(
            zip(inputs, weights).map { input, weight in
                guard input > 0, weight > 0 else { return 1 }
                return clamped((max(input, smallest) / max(weight, smallest)).squareRoot())
            })
    }

    /// Of several channels that must have the same factor: the geometric mean of all their factors.
    /// - Parameter copies: for each channel of the result, those it stands for.
    static func joined(_ factors: [Float], copies: [[Int]]) -> [Float] {
        copies.map { channels in
            // The product of a few factors of 1e-4 to 1e4 fits a double.
            let product = channels.reduce(Double(1)) { $0 * Double(factors[$1]) }
            return Quantization.power(Float(product), 1 / Float(max(channels.count, 1)))
        }
    }

    private static func clamped(_ factor: Float) -> Float {
        factor.isFinite ? max(factor, smallest) : 1
    }

    /// Around one, so that neither side leaves the range of 16 bits.
    private static func normalized(_ factors: [Float]) -> [Float] {
        guard let high = factors.max(), let low = factors.min(), low > 0 else { return factors }
        let middle = (high * low).squareRoot()
        guard middle.isFinite, middle > 0 else { return factors }
        return factors.map { $0 / middle }
    }
}
