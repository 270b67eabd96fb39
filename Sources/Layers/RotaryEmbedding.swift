package import Checkpoints

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// Rotary position embedding (Su et al. 2021), rotate-half form.
/// Scaling follows `transformers/modeling_rope_utils.py`: `default`, `linear` and `llama3`.
package struct RotaryEmbedding: Sendable {
    /// Radians per position, for each pair of dimensions.
    package let inverseFrequencies: [Float]

    package var rotaryDimension: Int { inverseFrequencies.count * 2 }

    package init(rotaryDimension: Int, theta: Double, scaling: RopeScaling) {
        let half = rotaryDimension / 2
        let plain = (0..<half).map { Float(1 / pow(theta, Double(2 * $0) / Double(rotaryDimension))) }
        switch scaling {
        case .none:
            inverseFrequencies = plain
        case .linear(let factor):
            inverseFrequencies = plain.map { $0 / Float(factor) }
        case .factors(let factors):
            inverseFrequencies = zip(plain, factors).map { $0 / $1 }
        case .llama3(
            let factor, let lowFrequencyFactor, let highFrequencyFactor, let originalMaximumPositions):
            inverseFrequencies = plain.map {
                Self.llama3(
                    Double($0), factor: factor, low: lowFrequencyFactor, high: highFrequencyFactor,
                    original: Double(originalMaximumPositions))
            }
        }
    }

    /// Writes the cosines and then the sines of one position.
    package func write(position: Int, to output: UnsafeMutablePointer<Float>) {
        let half = inverseFrequencies.count
        for index in 0..<half {
            let angle = Double(Float(position) * inverseFrequencies[index])
            output[index] = Float(cos(angle))
            output[half + index] = Float(sin(angle))
        }
    }

    /// Long waves are slowed down by `factor`, short ones kept, those between blended.
    private static func llama3(
        _ frequency: Double, factor: Double, low: Double, high: Double, original: Double
    ) -> Float {
        let wavelength = 2 * Double.pi / frequency
        if wavelength < original / high { return Float(frequency) }
        if wavelength > original / low { return Float(frequency / factor) }
        let smooth = (original / wavelength - low) / (high - low)
        return Float((1 - smooth) * frequency / factor + smooth * frequency)
    }
}
