internal import JSON

/// Reads Meta's `params.json`.
///
/// The file lacks what Meta's program fixes, so that it is told from what the versions of Llama have in it:
/// - `max_seq_len`, where absent, is 2048 for Llama 1 (whose `norm_eps` is 1e-6), 4096 for Llama 2, 8192 for
///   Llama 3 (`rope_theta` 500000), 16384 for Code Llama (`rope_theta` 1000000) and 131072 for Llama 3.1
///   (`use_scaled_rope`).
/// - The frequencies of Llama 3.1 are divided by 8, those of the two text models of Llama 3.2 by 32.
/// - Token ids are those of the vocabulary: 128256 tokens from Llama 3 on, else SentencePiece's.
struct MetaConfiguration {
    private let fields: JSONFile

    init(_ fields: JSONFile) {
        self.fields = fields
    }

    /// - Parameter tableRows: the rows of the embedding table, for files whose `vocab_size` is -1.
    func read(tableRows: (_ hiddenSize: Int) -> Int?) throws(CheckpointError) -> ModelConfiguration {
        guard fields.value("moe") == nil, fields.value("quantization") == nil else {
            let name = fields.value("moe") == nil ? "quantization" : "moe"
            throw fields.unsupported(
                name,
                "is set, which is not supported in Meta's layout; use the model in "
                    + "Hugging Face format")
        }
        let size = 1...ModelLimits.size
        let hiddenSize = try fields.requiredInteger("dim", in: size)
        let layers = try fields.requiredInteger("n_layers", in: 1...ModelLimits.layers)
        let heads = try fields.requiredInteger("n_heads", in: size)
        let vocabulary = try vocabularySize(tableRows(hiddenSize))
        let epsilon = try fields.positiveNumber("norm_eps") ?? 1e-5
        let theta = try fields.positiveNumber("rope_theta") ?? 10_000
        let isScaled = try fields.boolean("use_scaled_rope") ?? false
        let isLlama3 = vocabulary == 128_256
        return ModelConfiguration(
            architecture: "LlamaForCausalLM",
            hiddenSize: hiddenSize,
            intermediateSize: try intermediateSize(hiddenSize),
            layerCount: layers,
            attentionHeadCount: heads,
            keyValueHeadCount: try keyValueHeads(heads),
            headDimension: try headDimension(hiddenSize, heads),
            vocabularySize: vocabulary,
            maximumPositions: try fields.integer("max_seq_len", in: size)
                ?? maximumPositions(theta: theta, isScaled: isScaled, epsilon: epsilon),
            rmsNormEpsilon: Float(epsilon),
            ropeTheta: theta,
            ropeScaling: isScaled ? try scaling(hiddenSize, layers) : .none,
            bosTokenID: isLlama3 ? 128_000 : 1,
            // The ends of a text, of a message to a tool, and of a turn.
            eosTokenIDs: isLlama3 ? [128_001, 128_008, 128_009] : [2]
        )
    }

    // MARK: - Internals

    private func vocabularySize(_ tableRows: Int?) throws(CheckpointError) -> Int {
        guard let size = try fields.integer("vocab_size", in: -1...ModelLimits.size), size > 0 else {
            guard let tableRows else {
                throw fields.unsupported(
                    "vocab_size", "gives no size, and the weights have no 'tok_embeddings.weight'")
            }
            return tableRows
        }
        return size
    }

    private func keyValueHeads(_ heads: Int) throws(CheckpointError) -> Int {
        guard let count = try fields.integer("n_kv_heads", in: 1...ModelLimits.size) else { return heads }
        guard heads % count == 0 else {
            throw fields.invalid(
                "n_kv_heads", .integer(count), expected: "a divisor of the \(heads) attention heads")
        }
        return count
    }

    private func headDimension(_ hiddenSize: Int, _ heads: Int) throws(CheckpointError) -> Int {
        if let stated = try fields.integer("head_dim", in: 1...ModelLimits.size) { return stated }
        guard hiddenSize % heads == 0 else {
            throw fields.invalid("n_heads", .integer(heads), expected: "a divisor of dim \(hiddenSize)")
        }
        return hiddenSize / heads
    }

    /// Two thirds of four times the width, times `ffn_dim_multiplier`, rounded up to `multiple_of`.
    private func intermediateSize(_ hiddenSize: Int) throws(CheckpointError) -> Int {
        if let stated = try fields.integer("hidden_dim", in: 1...ModelLimits.size) { return stated }
        let multiple = try fields.integer("multiple_of", in: 1...ModelLimits.size) ?? 256
        let factor = try fields.positiveNumber("ffn_dim_multiplier") ?? 1
        let width = (factor * Double(8 * hiddenSize / 3)).rounded(.down)
        guard width >= 1, width <= Double(ModelLimits.size), let width = Int(exactly: width) else {
            throw fields.invalid(
                "ffn_dim_multiplier", .number(factor), expected: "a factor near 1 for dim \(hiddenSize)")
        }
        return (width + multiple - 1) / multiple * multiple
    }

    private func maximumPositions(theta: Double, isScaled: Bool, epsilon: Double) -> Int {
        if isScaled { return 131_072 }
        if theta >= 1_000_000 { return 16_384 }
        if theta >= 500_000 { return 8192 }
        return epsilon < 5e-6 ? 2048 : 4096
    }

    private func scaling(_ hiddenSize: Int, _ layers: Int) throws(CheckpointError) -> RopeScaling {
        let isLlama32 = (hiddenSize, layers) == (2048, 16) || (hiddenSize, layers) == (3072, 28)
        return .llama3(
            factor: try fields.positiveNumber("rope_scaling_factor") ?? (isLlama32 ? 32 : 8),
            lowFrequencyFactor: 1,
            highFrequencyFactor: 4,
            originalMaximumPositions: 8192
        )
    }
}
