internal import Tensors

/// The search for the factors between a linear layer (or several with the same inputs) and what comes before it.
struct ScaleSearch {
    /// What the weights become in a trial.
    enum Rounding {
        /// 4 bits.
        case groups(RowQuantizer)
        /// 8 bits with one scale for each output, and inputs of 8 bits as the engine rounds them.
        case channels
    }

    let rounding: Rounding
    let compute: FloatCompute

    /// Powers of the inputs' magnitude that are tried: 0, 0.05 ... 0.95.
    static let ratios = (0..<20).map { Float($0) / 20 }

    struct Result {
        let factors: [Float]
        let ratio: Float
        let loss: Double
        /// With no factors at all.
        let plainLoss: Double
    }

    /// - Parameters:
    ///   - weights: the linear layers with these inputs.
    ///   - inputs: the magnitude of each of them.
    ///   - copies: which channels have one factor, for each of them; `nil` where each has its own.
    ///   - loss: what the block's output loses with these weights.
    func best(
        _ weights: [WeightRows], inputs: [Float], copies: [[Int]]?,
        loss: (BlockCompute.Projection) -> Double
    ) throws(QuantizationError) -> Result {
        var found: Result?
        var plain = Double.infinity
        for ratio in Self.ratios {
            var factors = InputScaling.power(inputs: inputs, ratio: ratio)
            if let copies { factors = InputScaling.joined(factors, copies: copies) }
            let loss = loss(try trial(weights, factors: factors))
            if ratio == 0 { plain = loss }
            if loss < found?.loss ?? .infinity {
                found = Result(factors: factors, ratio: ratio, loss: loss, plainLoss: plain)
            }
        }
        // No ratio has a finite loss where the outputs themselves overflow: then nothing is moved.
        return found
            ?? Result(
                factors: Array(repeating: 1, count: weights[0].inputs), ratio: 0, loss: plain,
                plainLoss: plain)
    }

    private func trial(
        _ weights: [WeightRows], factors: [Float]
    ) throws(QuantizationError) -> BlockCompute.Projection {
        switch rounding {
        case .groups(let rounding):
            // The weights as 4 bits give them back, with the factors taken out again.
            let weight = try compute.pack(weights) { _, _, row in
                for index in row.indices { row[index] *= factors[index] }
                rounding.roundTrip(row)
                for index in row.indices { row[index] /= factors[index] }
            }
            return BlockCompute.Projection(weight: weight)
        case .channels:
            return BlockCompute.Projection(
                weight: try compute.packChannels(weights, factors: factors), inputDivisors: factors)
        }
    }
}
