package import Checkpoints
package import Layers
package import Tensors

/// The pre-norm decoder that Llama and its relatives share: embedding, blocks of attention and gated
/// MLP, final norm, output head. Tensor names are those of Hugging Face's Llama.
package struct DecoderStack: Sendable {
    /// Which projections have biases.
    package struct Biases: Sendable {
        package var queryKeyValue: Bool
        package var attentionOutput: Bool
        package var mlp: Bool
    }

    /// One transformer block.
    struct Block: Sendable {
        let attention: PagedAttention
        let mlp: GatedMLP
    }

    package let rotaryEmbedding: RotaryEmbedding
    private let embedding: Embedding
    private let blocks: [Block]
    package let finalNorm: RMSNorm
    private let head: Linear
    private let isTied: Bool

    package init(
        configuration: ModelConfiguration, biases: Biases, loader: ParameterLoader
    ) throws(LoadError) {
        try Self.check(configuration)
        let geometry = ModelGeometry(configuration)
        rotaryEmbedding = RotaryEmbedding(
            rotaryDimension: Int(Double(geometry.headDimension) * configuration.rotaryFraction),
            theta: configuration.ropeTheta, scaling: configuration.ropeScaling)
        let table = try loader.vocabularyMatrix(
            "model.embed_tokens.weight", rows: geometry.vocabulary, columns: geometry.hidden)
        embedding = Embedding(table: table)
        var blocks: [Block] = []
        for layer in 0..<geometry.layers {
            blocks.append(
                try Self.block(
                    layer, geometry: geometry, configuration: configuration, biases: biases,
                    rotaryDimension: rotaryEmbedding.rotaryDimension, loader: loader))
        }
        self.blocks = blocks
        finalNorm = RMSNorm(
            weight: try loader.vector("model.norm.weight", count: geometry.hidden),
            epsilon: configuration.rmsNormEpsilon)
        isTied = configuration.tieWordEmbeddings
        if isTied {
            // Some checkpoints store the shared matrix twice.
            loader.ignore("lm_head.weight")
            head = Linear(weight: table, bias: nil)
        } else {
            let matrix = try loader.vocabularyMatrix(
                "lm_head.weight", rows: geometry.vocabulary, columns: geometry.hidden)
            head = Linear(weight: matrix, bias: nil)
        }
    }

    package func encode(into stream: inout CommandStream, step: StepContext) {
        embedding.encode(into: &stream, step: step)
        for block in blocks {
            block.attention.encode(into: &stream, step: step)
            block.mlp.encode(into: &stream, step: step)
        }
        if step.logitRowCount > 0 {
            head.encode(
                into: &stream, prologue: finalNorm.prologue, input: step.hidden, rowIndices: step.logitRows,
                output: step.logits, rows: step.logitRowCount)
        }
    }

    package var cost: ModelCost {
        let linears = blocks.flatMap { block in
            [block.attention.queryKeyValue, block.attention.output, block.mlp.gateUp, block.mlp.down]
        }
        let linearBytes = linears.reduce(0) { $0 + $1.byteCount }
        let formats = linears.map(\.weight.format)
        let headBytes = head.byteCount
        let normBytes = blocks.reduce(finalNorm.weight.byteCount) {
            $0 + $1.attention.norm.weight.byteCount + $1.mlp.norm.weight.byteCount
        }
        return ModelCost(
            weightBytes: linearBytes + normBytes + headBytes + (isTied ? 0 : embedding.table.byteCount),
            bytesPerStep: linearBytes + normBytes + headBytes,
            multiplyAccumulatesPerToken: linears.reduce(0) { $0 + $1.inputs * $1.outputs },
            linearFormat: Set(formats.map(\.description)).sorted().joined(separator: "+"),
            headFormat: head.weight.format.description,
            quantisesActivations: formats.contains { $0.quantisesActivations },
            isFP32: (formats + [head.weight.format]).allSatisfy { $0.storage == .fp32 })
    }
}

// MARK: - Internals

extension DecoderStack {
    private static func block(
        _ layer: Int, geometry: ModelGeometry, configuration: ModelConfiguration, biases: Biases,
        rotaryDimension: Int, loader: ParameterLoader
    ) throws(LoadError) -> Block {
        let prefix = "model.layers.\(layer)."
        let epsilon = configuration.rmsNormEpsilon
        let queryWidth = geometry.attendedWidth
        let keyValueWidth = geometry.keyValueHeads * geometry.headDimension
        let attention = PagedAttention(
            layer: layer, queryHeads: geometry.queryHeads, headDimension: geometry.headDimension,
            window: configuration.slidingWindow?.tokens(layer: layer), rotaryDimension: rotaryDimension,
            norm: RMSNorm(
                weight: try loader.vector(prefix + "input_layernorm.weight", count: geometry.hidden),
                epsilon: epsilon),
            queryKeyValue: try loader.linear(
                ["q_proj", "k_proj", "v_proj"].map { prefix + "self_attn." + $0 },
                outputs: [queryWidth, keyValueWidth, keyValueWidth], inputs: geometry.hidden,
                bias: biases.queryKeyValue),
            output: try loader.linear(
                [prefix + "self_attn.o_proj"], outputs: [geometry.hidden], inputs: queryWidth,
                bias: biases.attentionOutput))
        let mlp = GatedMLP(
            norm: RMSNorm(
                weight: try loader.vector(prefix + "post_attention_layernorm.weight", count: geometry.hidden),
                epsilon: epsilon),
            gateUp: try loader.linear(
                ["gate_proj", "up_proj"].map { prefix + "mlp." + $0 },
                outputs: [geometry.intermediate, geometry.intermediate], inputs: geometry.hidden,
                bias: biases.mlp),
            down: try loader.linear(
                [prefix + "mlp.down_proj"], outputs: [geometry.hidden], inputs: geometry.intermediate,
                bias: biases.mlp))
        return Block(attention: attention, mlp: mlp)
    }

    private static func check(_ configuration: ModelConfiguration) throws(LoadError) {
        func require(
            _ valid: Bool, _ field: String, _ found: some Any, _ expected: String
        ) throws(LoadError) {
            if !valid { throw .unsupportedConfiguration(field: field, found: "\(found)", expected: expected) }
        }
        let queryHeads = configuration.attentionHeadCount
        let keyValueHeads = configuration.keyValueHeadCount
        try require(
            configuration.hiddenActivation == "silu", "hidden_act", configuration.hiddenActivation, "silu")
        try require(
            keyValueHeads > 0 && queryHeads % max(keyValueHeads, 1) == 0, "num_key_value_heads",
            keyValueHeads,
            "a divisor of num_attention_heads (\(queryHeads))")
        let rotary = Double(configuration.headDimension) * configuration.rotaryFraction
        try require(
            rotary >= 2 && rotary <= Double(configuration.headDimension) && Int(rotary) % 2 == 0,
            "rotary dimension", rotary, "an even number of at most head_dim (\(configuration.headDimension))")
        if case .factors(let factors) = configuration.ropeScaling {
            try require(
                factors.count == Int(rotary) / 2 && factors.allSatisfy { $0.isFinite && $0 > 0 },
                "rope_freqs",
                "\(factors.count) values", "\(Int(rotary) / 2) positive numbers")
        }
    }
}
