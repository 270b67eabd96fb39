internal import Checkpoints
internal import Models
internal import Tensors

/// Quantises one transformer block after the other and carries the calibration text's activations along.
final class LayerQuantizer {
    private let options: QuantizationOptions
    private let checkpoint: Checkpoint
    private let block: BlockCompute
    private let rounding: RowQuantizer
    /// The residual stream before the next layer.
    let hidden: Activations

    init(
        options: QuantizationOptions, checkpoint: Checkpoint, block: BlockCompute, hidden: Activations
    ) {
        self.options = options
        self.checkpoint = checkpoint
        self.block = block
        self.hidden = hidden
        rounding = RowQuantizer(
            quantizer: GroupQuantizer(isSymmetric: options.isSymmetric), group: options.group,
            pool: block.compute.pool)
    }

    /// A quantised block.
    struct Layer {
        var linears: [LayerWeights.Role: Held] = [:]
        var biases: [LayerWeights.Role: [Float]]
        var attentionNorm: [Float]
        var mlpNorm: [Float]
        var reports: [LinearReport] = []
    }

    enum Held {
        case groups(QuantizedWeights)
        case channels(ChannelWeights)

        func read(row: Int, into floats: UnsafeMutableBufferPointer<Float>) {
            switch self {
            case .groups(let weights): weights.read(row: row, into: floats)
            case .channels(let weights): weights.read(row: row, into: floats)
            }
        }
    }

    func quantize(layer: Int) throws(QuantizationError) -> Layer {
        let weights = try LayerWeights(layer: layer, checkpoint: checkpoint)
        try weights.checkFinite(pool: compute.pool)
        defer { weights.discardPages() }
        let window = checkpoint.configuration.slidingWindow?.tokens(layer: layer)
        var work = Work(original: weights, window: window)
        try quantizeAttention(&work)
        try quantizeMLP(&work)
        return work.result
    }

    // MARK: - Internals

    private typealias Role = LayerWeights.Role

    /// A block while it is being quantised.
    private struct Work {
        /// As the checkpoint has it.
        let original: LayerWeights
        let window: Int?
        /// With scales folded in.
        var scaled: LayerWeights
        var limits: [Role: [Float]] = [:]
        var result: Layer

        init(original: LayerWeights, window: Int?) {
            self.original = original
            self.window = window
            scaled = original
            result = Layer(
                biases: original.biases, attentionNorm: original.attentionNorm, mlpNorm: original.mlpNorm)
        }
    }

    private var compute: FloatCompute { block.compute }

    private func projection(_ weights: LayerWeights, _ roles: [Role]) throws(QuantizationError)
        -> BlockCompute.Projection
    {
        .init(weight: try compute.pack(roles.map { weights[$0] }), bias: weights.bias(roles))
    }

    /// The same layers as their quantised values give them.
    private func projection(_ work: Work, held roles: [Role]) throws(QuantizationError)
        -> BlockCompute.Projection
    {
        let parts = roles.map { work.scaled[$0] }
        let held = roles.map { work.result.linears[$0] }
        let weight = try compute.pack(parts) { part, row, values in held[part]?.read(row: row, into: values) }
        return .init(weight: weight, bias: work.scaled.bias(roles))
    }

    // MARK: Attention

    private func quantizeAttention(_ work: inout Work) throws(QuantizationError) {
        let configuration = checkpoint.configuration
        let geometry = compute.geometry
        let normalized = try Activations(rows: hidden.rows, width: geometry.hidden)
        compute.normalize(
            hidden, weight: work.original.attentionNorm, epsilon: configuration.rmsNormEpsilon,
            into: normalized)
        let attended = try Activations(rows: hidden.rows, width: geometry.attendedWidth)
        let output = try Activations(rows: hidden.rows, width: geometry.hidden)
        let inputs: [Role] = [.query, .key, .value]
        block.attended(
            normalized, queryKeyValue: try projection(work.original, inputs), window: work.window,
            into: attended)
        let outputProjection = try projection(work.original, [.output])
        compute.multiply(outputProjection.weight, bias: outputProjection.bias, attended, into: output)

        if options.method == .gptq {
            try applyGPTQ(inputs, normalized, &work)
            block.attended(
                normalized, queryKeyValue: try projection(work, held: inputs), window: work.window,
                into: attended)
            try applyGPTQ([.output], attended, &work)
            let held = try projection(work, held: [.output])
            compute.multiply(held.weight, bias: held.bias, attended, into: output)
        } else {
            try scaleAttention(normalized, attended, output, outputProjection, &work)
            try round([.query, .key, .value], normalized, normFactors(work, .query), clips: [.value], &work)
            try round([.output], attended, normFactors(work, .output), clips: [.output], &work)
        }
        compute.add(output, to: hidden)
    }

    /// Moves the range of the attention's inputs into its weights.
    private func scaleAttention(
        _ normalized: Activations, _ attended: Activations, _ output: Activations,
        _ outputProjection: BlockCompute.Projection, _ work: inout Work
    ) throws(QuantizationError) {
        guard options.method == .awq || options.method == .smoothQuant else { return }
        let roles: [Role] = [.query, .key, .value]
        let statistics = InputStatistics(normalized, pool: compute.pool)
        let factors = try factors(roles, statistics, copies: nil, work) { [self] trial in
            block.attentionLoss(
                normalized, queryKeyValue: trial, output: outputProjection, window: work.window,
                reference: output)
        }
        work.result.attentionNorm = fold(factors, intoNorm: work.original.attentionNorm, roles, &work.scaled)

        let copies = sharedChannels
        let outputFactors = try self.factors(
            [.output], InputStatistics(attended, pool: compute.pool), copies: copies, work
        ) { [self] trial in
            block.linearLoss(attended, trial, reference: output)
        }
        fold(outputFactors, from: .value, to: .output, rows: valueRows, &work)
    }

    /// Channels of the attention's output that come from the same row of the value projection, for each channel.
    private var sharedChannels: [[Int]] {
        let geometry = compute.geometry
        let (heads, dimension) = (geometry.queryHeads, geometry.headDimension)
        let shared = heads / geometry.keyValueHeads
        return (0..<heads * dimension).map { channel in
            let first = channel / dimension / shared * shared
            return (0..<shared).map { (first + $0) * dimension + channel % dimension }
        }
    }

    /// A channel of the attention's output for each row of the value projection.
    private var valueRows: [Int] {
        let geometry = compute.geometry
        let (dimension, shared) = (geometry.headDimension, geometry.queryHeads / geometry.keyValueHeads)
        return (0..<geometry.keyValueHeads * dimension).map { row in
            row / dimension * shared * dimension + row % dimension
        }
    }

    // MARK: MLP

    private func quantizeMLP(_ work: inout Work) throws(QuantizationError) {
        let geometry = compute.geometry
        let normalized = try Activations(rows: hidden.rows, width: geometry.hidden)
        compute.normalize(
            hidden, weight: work.original.mlpNorm, epsilon: checkpoint.configuration.rmsNormEpsilon,
            into: normalized)
        let gated = try Activations(rows: hidden.rows, width: geometry.intermediate)
        let output = try Activations(rows: hidden.rows, width: geometry.hidden)
        block.gated(normalized, gateUp: try projection(work.original, [.gate, .up]), into: gated)
        let down = try projection(work.original, [.down])
        compute.multiply(down.weight, bias: down.bias, gated, into: output)

        if options.method == .gptq {
            try applyGPTQ([.gate, .up], normalized, &work)
            block.gated(normalized, gateUp: try projection(work, held: [.gate, .up]), into: gated)
            try applyGPTQ([.down], gated, &work)
            let held = try projection(work, held: [.down])
            compute.multiply(held.weight, bias: held.bias, gated, into: output)
        } else {
            try scaleMLP(normalized, gated, output, down, &work)
            try round([.gate, .up], normalized, normFactors(work, .gate), clips: [.gate, .up], &work)
            try round([.down], gated, normFactors(work, .down), clips: [.down], &work)
        }
        compute.add(output, to: hidden)
    }

    private func scaleMLP(
        _ normalized: Activations, _ gated: Activations, _ output: Activations,
        _ down: BlockCompute.Projection, _ work: inout Work
    ) throws(QuantizationError) {
        guard options.method == .awq || options.method == .smoothQuant else { return }
        let roles: [Role] = [.gate, .up]
        let statistics = InputStatistics(normalized, pool: compute.pool)
        let factors = try factors(roles, statistics, copies: nil, work) { [self] trial in
            block.mlpLoss(normalized, gateUp: trial, down: down, reference: output)
        }
        work.result.mlpNorm = fold(factors, intoNorm: work.original.mlpNorm, roles, &work.scaled)
        let downFactors = try self.factors(
            [.down], InputStatistics(gated, pool: compute.pool), copies: nil, work
        ) { [self] trial in
            block.linearLoss(gated, trial, reference: output)
        }
        fold(downFactors, from: .up, to: .down, rows: Array(0..<compute.geometry.intermediate), &work)
    }

    // MARK: Scales

    private func factors(
        _ roles: [Role], _ statistics: InputStatistics, copies: [[Int]]?, _ work: Work,
        loss: (BlockCompute.Projection) -> Double
    ) throws(QuantizationError) -> [Float] {
        let weights = roles.map { work.original[$0] }
        let groups = options.method == .awq
        if options.searchesScales {
            let search = ScaleSearch(rounding: groups ? .groups(rounding) : .channels, compute: compute)
            let inputs = groups ? statistics.absoluteMean : statistics.absoluteMaximum
            let bias = work.original.bias(roles)
            return try search.best(weights, inputs: inputs, copies: copies) { trial in
                var trial = trial
                trial.bias = bias
                return loss(trial)
            }.factors
        }
        let magnitudes = WeightMagnitudes(weights: weights)
        let factors = InputScaling.balanced(
            inputs: statistics.absoluteMaximum,
            weights: groups ? magnitudes.relativeMeans(group: options.group) : magnitudes.maxima)
        return copies.map { InputScaling.joined(factors, copies: $0) } ?? factors
    }

    /// Divides a norm by the factors and multiplies the weights behind it.
    ///
    /// The norm is rounded to fp16, in which it is written, and the weights take up what is lost.
    private func fold(
        _ factors: [Float], intoNorm norm: [Float], _ roles: [Role], _ weights: inout LayerWeights
    ) -> [Float] {
        var exact = factors
        let held = norm.indices.map { index in
            let value = HalfFloat.value(HalfFloat.bits(norm[index] / factors[index]))
            guard norm[index] != 0, value != 0 else {
                // The input is zero whatever its weights are.
                exact[index] = 1
                return norm[index]
            }
            exact[index] = norm[index] / value
            return value
        }
        for role in roles { weights[role].inputFactors = exact }
        return held
    }

    private func fold(_ factors: [Float], from: Role, to: Role, rows: [Int], _ work: inout Work) {
        work.scaled[to].inputFactors = factors
        let outputs = rows.map { 1 / factors[$0] }
        work.scaled[from].outputFactors = outputs
        if let bias = work.scaled.biases[from] {
            let scaled = zip(bias, outputs).map { $0 * $1 }
            work.scaled.biases[from] = scaled
            work.result.biases[from] = scaled
        }
    }

    private func normFactors(_ work: Work, _ role: Role) -> [Float] {
        work.scaled[role].inputFactors ?? Array(repeating: 1, count: work.scaled[role].inputs)
    }

    // MARK: Rounding

    private func round(
        _ roles: [Role], _ inputs: Activations, _ factors: [Float], clips: Set<Role>, _ work: inout Work
    ) throws(QuantizationError) {
        for role in roles {
            let weights = work.scaled[role]
            if options.method == .smoothQuant {
                work.result.linears[role] = .channels(
                    RowQuantizer.quantizeChannels(weights, pool: compute.pool))
            } else {
                var limits: [Float]?
                if options.method == .awq && options.searchesClips && clips.contains(role) {
                    // Rows that were scaled as a whole keep their best fraction.
                    limits = ClipSearch(rounding: rounding).limits(weights, inputs: inputs, factors: factors)
                }
                work.result.linears[role] = .groups(try rounding.quantize(weights, limits: limits))
            }
            try report(role, inputs, factors, &work)
        }
    }

    private func applyGPTQ(
        _ roles: [Role], _ inputs: Activations, _ work: inout Work
    ) throws(QuantizationError) {
        let products = try compute.floatProducts(inner: GPTQ.longestSum(inputs: inputs.width))
        let gptq = GPTQ(quantizer: rounding.quantizer, group: options.group, compute: products)
        guard
            let factor = try InverseFactor(
                try gptq.products(inputs), count: inputs.width, products)
        else {
            throw .hessian(tensor: work.original[roles[0]].name)
        }
        let ones = [Float](repeating: 1, count: inputs.width)
        for role in roles {
            work.result.linears[role] = .groups(try gptq.quantize(work.scaled[role], factor))
            try report(role, inputs, ones, &work)
        }
    }

    /// Adds what the layer's output loses.
    private func report(
        _ role: Role, _ inputs: Activations, _ factors: [Float], _ work: inout Work
    ) throws(QuantizationError) {
        let original = work.original[role]
        let held = work.result.linears[role]
        let outputFactors = work.scaled[role].outputFactors
        let difference = try compute.pack([original]) { _, row, values in
            withFloats(values.count) { rounded in
                held?.read(row: row, into: rounded)
                let factor = 1 / (outputFactors?[row] ?? 1)
                for index in values.indices { values[index] -= rounded[index] * factor / factors[index] }
            }
        }
        let outputs = try Activations(rows: inputs.rows, width: original.outputs)
        compute.multiply(difference, inputs, into: outputs)
        let error = compute.squareSum(outputs)
        compute.multiply(try compute.pack([original]), inputs, into: outputs)
        let signal = compute.squareSum(outputs)
        work.result.reports.append(
            LinearReport(
                name: work.original.name(role), relativeError: signal > 0 ? error / signal : error))
    }
}
