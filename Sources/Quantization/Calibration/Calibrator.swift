package import Checkpoints
internal import Models
package import Tensors

/// Shows a model some text, and takes down what its linear layers and its cache get.
package final class Calibrator {
    private let checkpoint: Checkpoint
    private let samples: CalibrationSamples
    private let compute: FloatCompute
    private let geometry: ModelGeometry
    private var statistics: CalibrationStatistics

    // Scratch memory of one sample.
    private let normalized: Activations
    private let queryKeyValue: Activations
    private let attended: Activations
    private let gateUp: Activations
    private let gated: Activations
    private let output: Activations

    package init(
        checkpoint: Checkpoint, samples: CalibrationSamples, kernels: Kernels, pool: WorkerPool
    ) throws(QuantizationError) {
        try ModelQuantizer.check(checkpoint)
        self.checkpoint = checkpoint
        self.samples = samples
        geometry = ModelGeometry(checkpoint.configuration)
        compute = try FloatCompute(
            samples: samples, geometry: geometry, rotary: checkpoint.configuration.rotaryEmbedding(geometry),
            kernels: kernels, pool: pool)
        statistics = CalibrationStatistics(headDimension: geometry.headDimension)
        let rows = samples.longest
        normalized = try Activations(rows: rows, width: geometry.hidden)
        queryKeyValue = try Activations(rows: rows, width: geometry.queryKeyValueWidth)
        attended = try Activations(rows: rows, width: geometry.attendedWidth)
        gateUp = try Activations(rows: rows, width: 2 * geometry.intermediate)
        gated = try Activations(rows: rows, width: geometry.intermediate)
        output = try Activations(rows: rows, width: geometry.hidden)
    }

    /// - Parameter progress: gets the number of layers that are done.
    package func run(
        progress: (_ done: Int, _ layers: Int) -> Void
    ) throws(QuantizationError) -> CalibrationStatistics {
        statistics = CalibrationStatistics(headDimension: geometry.headDimension)
        let hidden = try Activations(samples, checkpoint: checkpoint, geometry: geometry)
        for layer in 0..<geometry.layers {
            let weights = try LayerWeights(layer: layer, checkpoint: checkpoint)
            try weights.checkFinite(pool: compute.pool)
            try attention(weights, layer, hidden)
            try mlp(weights, hidden)
            weights.discardPages()
            progress(layer + 1, geometry.layers)
        }
        return statistics
    }

    // MARK: - Internals

    private typealias Role = LayerWeights.Role

    private func attention(_ weights: LayerWeights, _ layer: Int, _ hidden: Activations)
        throws(QuantizationError)
    {
        let roles: [Role] = [.query, .key, .value]
        let projection = try compute.pack(roles.map { weights[$0] })
        let outputProjection = try compute.pack([weights[.output]])
        let (bias, outputBias) = (weights.bias(roles), weights.bias([.output]))
        let window = checkpoint.configuration.slidingWindow?.tokens(layer: layer)
        let keyWidth = geometry.keyValueHeads * geometry.headDimension
        var inputs = StatisticsAccumulator(channels: geometry.hidden)
        var outputs = roles.map { StatisticsAccumulator(channels: weights[$0].outputs) }
        var outputInputs = StatisticsAccumulator(channels: geometry.attendedWidth)
        var outputOutputs = StatisticsAccumulator(channels: geometry.hidden)
        var keys = StatisticsAccumulator(channels: keyWidth)
        var values = StatisticsAccumulator(channels: keyWidth)
        for range in samples.ranges {
            let rows = range.count
            compute.normalize(
                hidden, rows: range, weight: weights.attentionNorm,
                epsilon: checkpoint.configuration.rmsNormEpsilon, into: normalized)
            inputs.add(normalized, rows: rows, pool: compute.pool)
            compute.multiply(
                projection, bias: bias, normalized.pointer(row: 0), into: queryKeyValue.pointer(row: 0),
                rows: rows)
            var column = 0
            for (index, role) in roles.enumerated() {
                outputs[index].add(queryKeyValue, rows: rows, from: column, pool: compute.pool)
                column += weights[role].outputs
            }
            compute.attend(
                queryKeyValue.pointer(row: 0), window: window, into: attended.pointer(row: 0), rows: rows)
            // Keys are rotated now, as the cache holds them.
            keys.add(queryKeyValue, rows: rows, from: geometry.attendedWidth, pool: compute.pool)
            values.add(queryKeyValue, rows: rows, from: geometry.attendedWidth + keyWidth, pool: compute.pool)
            outputInputs.add(attended, rows: rows, pool: compute.pool)
            compute.multiply(
                outputProjection, bias: outputBias, attended.pointer(row: 0), into: output.pointer(row: 0),
                rows: rows)
            outputOutputs.add(output, rows: rows, pool: compute.pool)
            compute.add(output, to: hidden, rows: range)
        }
        for (index, role) in roles.enumerated() {
            statistics.add(weights.name(role), inputs.statistics, outputs[index].statistics)
        }
        statistics.add(weights.name(.output), outputInputs.statistics, outputOutputs.statistics)
        statistics.keys.append(keys.statistics)
        statistics.values.append(values.statistics)
    }

    private func mlp(_ weights: LayerWeights, _ hidden: Activations) throws(QuantizationError) {
        let roles: [Role] = [.gate, .up]
        let projection = try compute.pack(roles.map { weights[$0] })
        let down = try compute.pack([weights[.down]])
        let (bias, downBias) = (weights.bias(roles), weights.bias([.down]))
        var inputs = StatisticsAccumulator(channels: geometry.hidden)
        var outputs = roles.map { StatisticsAccumulator(channels: weights[$0].outputs) }
        var downInputs = StatisticsAccumulator(channels: geometry.intermediate)
        var downOutputs = StatisticsAccumulator(channels: geometry.hidden)
        for range in samples.ranges {
            let rows = range.count
            compute.normalize(
                hidden, rows: range, weight: weights.mlpNorm,
                epsilon: checkpoint.configuration.rmsNormEpsilon, into: normalized)
            inputs.add(normalized, rows: rows, pool: compute.pool)
            compute.multiply(
                projection, bias: bias, normalized.pointer(row: 0), into: gateUp.pointer(row: 0), rows: rows)
            for index in roles.indices {
                outputs[index].add(
                    gateUp, rows: rows, from: index * geometry.intermediate, pool: compute.pool)
            }
            compute.gate(gateUp, into: gated, rows: 0..<rows)
            downInputs.add(gated, rows: rows, pool: compute.pool)
            compute.multiply(
                down, bias: downBias, gated.pointer(row: 0), into: output.pointer(row: 0), rows: rows)
            downOutputs.add(output, rows: rows, pool: compute.pool)
            compute.add(output, to: hidden, rows: range)
        }
        for (index, role) in roles.enumerated() {
            statistics.add(weights.name(role), inputs.statistics, outputs[index].statistics)
        }
        statistics.add(weights.name(.down), downInputs.statistics, downOutputs.statistics)
    }
}
