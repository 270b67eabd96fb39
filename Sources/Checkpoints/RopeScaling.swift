/// How rotary frequencies differ from `theta ^ (-2i / d)`.
package enum RopeScaling: Sendable, Equatable, Codable {
    case none
    /// Every frequency divided by `factor` (position interpolation).
    case linear(factor: Double)
    /// Llama 3.1: low frequencies divided by `factor`, high ones kept, a smooth step between.
    case llama3(
        factor: Double,
        lowFrequencyFactor: Double,
        highFrequencyFactor: Double,
        originalMaximumPositions: Int
    )
    /// Frequency `i` divided by `factors[i]`: the form in which GGUF files store the Llama 3.1 rule.
    case factors([Float])
}
