import Checkpoints
import Layers
import Testing

@Suite struct RotaryEmbeddingTests {
    @Test func plainFrequenciesFallGeometrically() {
        let rope = RotaryEmbedding(rotaryDimension: 4, theta: 100, scaling: .none)
        #expect(rope.inverseFrequencies == [1, 0.1])
        #expect(rope.rotaryDimension == 4)
    }

    @Test func linearScalingDividesAllFrequencies() {
        let rope = RotaryEmbedding(rotaryDimension: 4, theta: 100, scaling: .linear(factor: 4))
        #expect(rope.inverseFrequencies == [0.25, 0.025])
    }

    @Test func storedFactorsDivideOneFrequencyEach() {
        let rope = RotaryEmbedding(rotaryDimension: 4, theta: 100, scaling: .factors([1, 8]))
        #expect(rope.inverseFrequencies == [1, 0.0125])
    }

    @Test func llama3KeepsShortWavesSlowsLongOnesAndBlendsBetween() {
        let scaling = RopeScaling.llama3(
            factor: 8, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalMaximumPositions: 8192)
        let plain = RotaryEmbedding(rotaryDimension: 128, theta: 500_000, scaling: .none).inverseFrequencies
        let scaled = RotaryEmbedding(rotaryDimension: 128, theta: 500_000, scaling: scaling)
            .inverseFrequencies
        #expect(scaled[0] == plain[0])
        #expect(abs(scaled[63] * 8 / plain[63] - 1) < 1e-6)
        let ratios = zip(scaled, plain).map { $0 / $1 }
        #expect(zip(ratios, ratios.dropFirst()).allSatisfy { $0 >= $1 - 1e-6 })
        #expect(ratios.contains { $0 > 0.2 && $0 < 0.9 })
    }

    @Test func cosinesComeBeforeSines() {
        let rope = RotaryEmbedding(rotaryDimension: 4, theta: 100, scaling: .none)
        var output = [Float](repeating: 0, count: 4)
        output.withUnsafeMutableBufferPointer { buffer in
            if let base = buffer.baseAddress { rope.write(position: 3, to: base) }
        }
        // cos 3, cos 0.3, sin 3, sin 0.3
        let expected: [Float] = [-0.9899925, 0.9553365, 0.14112, 0.29552022]
        #expect(zip(output, expected).allSatisfy { abs($0 - $1) < 1e-6 })
    }
}
