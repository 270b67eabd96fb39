internal import JSON
internal import Tensors

/// Reads `config.json` and `generation_config.json` of a Hugging Face model folder.
///
/// Defaults are those of the configuration classes of transformers for Llama and Qwen2. Fields whose
/// meaning is not implemented are refused where they would change the result.
struct HuggingFaceConfiguration {
    let fields: JSONFile

    init(_ fields: JSONFile) {
        self.fields = fields
    }

    func architecture() throws(CheckpointError) -> String {
        guard let value = fields.value("architectures") else { throw fields.missing("architectures") }
        guard case .array(let names) = value, let name = names.first?.text else {
            throw fields.invalid("architectures", value, expected: "a list with the model's class name")
        }
        return name.string
    }

    func read() throws(CheckpointError) -> ModelConfiguration {
        let architecture = try architecture()
        let size = 1...ModelLimits.size
        let hiddenSize = try fields.requiredInteger("hidden_size", in: size)
        let headCount = try fields.requiredInteger("num_attention_heads", in: size)
        let headDimension = try headDimension(hiddenSize: hiddenSize, headCount: headCount)
        let layerCount = try fields.requiredInteger("num_hidden_layers", in: 1...ModelLimits.layers)
        return ModelConfiguration(
            architecture: architecture,
            hiddenSize: hiddenSize,
            intermediateSize: try fields.requiredInteger("intermediate_size", in: size),
            layerCount: layerCount,
            attentionHeadCount: headCount,
            keyValueHeadCount: try keyValueHeadCount(headCount),
            headDimension: headDimension,
            vocabularySize: try fields.requiredInteger("vocab_size", in: size),
            maximumPositions: try fields.requiredInteger("max_position_embeddings", in: size),
            rmsNormEpsilon: Float(try fields.positiveNumber("rms_norm_eps") ?? 1e-6),
            ropeTheta: try ropeTheta(),
            ropeScaling: try ropeScaling(),
            tieWordEmbeddings: try fields.boolean("tie_word_embeddings") ?? false,
            attentionBias: try attentionBias(architecture),
            mlpBias: try fields.boolean("mlp_bias") ?? false,
            hiddenActivation: try hiddenActivation(),
            slidingWindow: try slidingWindow(architecture, layers: layerCount),
            dtype: try dtype(),
            bosTokenID: try fields.tokenIDs("bos_token_id").first,
            eosTokenIDs: try fields.tokenIDs("eos_token_id"),
            rotaryFraction: try rotaryFraction(headDimension: headDimension)
        )
    }

    /// Reads `generation_config.json`.
    static func generationDefaults(_ fields: JSONFile) throws(CheckpointError) -> GenerationDefaults {
        GenerationDefaults(
            doSample: try fields.boolean("do_sample"),
            temperature: try fields.number("temperature"),
            topP: try fields.number("top_p"),
            // Some files say -1 for "all tokens", which is 0 here.
            topK: try fields.integer("top_k", in: -1...ModelLimits.size).map { max($0, 0) },
            minP: try fields.number("min_p"),
            repetitionPenalty: try fields.number("repetition_penalty"),
            eosTokenIDs: try fields.tokenIDs("eos_token_id"),
            maxNewTokens: try fields.integer("max_new_tokens", in: 1...ModelLimits.size),
            minNewTokens: try fields.integer("min_new_tokens", in: 0...ModelLimits.size),
            bosTokenID: try fields.tokenIDs("bos_token_id").first,
            stopStrings: try fields.strings("stop_strings")
        )
    }

    // MARK: - Attention

    /// Qwen2 has these biases whatever the file says; its class does not look at the field.
    private func attentionBias(_ architecture: String) throws(CheckpointError) -> Bool {
        let stated = try fields.boolean("attention_bias") ?? false
        return stated || architecture == "Qwen2ForCausalLM"
    }

    private func keyValueHeadCount(_ headCount: Int) throws(CheckpointError) -> Int {
        let name = "num_key_value_heads"
        guard let count = try fields.integer(name, in: 1...ModelLimits.size) else { return headCount }
        guard headCount % count == 0 else {
            throw fields.invalid(
                name, .integer(count), expected: "a divisor of the \(headCount) attention heads")
        }
        return count
    }

    private func headDimension(hiddenSize: Int, headCount: Int) throws(CheckpointError) -> Int {
        if let stated = try fields.integer("head_dim", in: 1...ModelLimits.size) {
            return stated
        }
        guard hiddenSize % headCount == 0 else {
            throw fields.invalid(
                "num_attention_heads",
                .integer(headCount),
                expected: "a divisor of hidden_size \(hiddenSize)"
            )
        }
        return hiddenSize / headCount
    }

    /// `layer_types` says it layer by layer; before it, Qwen2's layers from `max_window_layers` on had a window where
    /// `use_sliding_window` is true, and Mistral's all.
    private func slidingWindow(_ architecture: String, layers: Int) throws(CheckpointError) -> SlidingWindow?
    {
        let types = try fields.strings("layer_types")
        guard types.isEmpty else { return try slidingWindow(types, layers: layers) }
        // Qwen2's configurations state a window without using it.
        guard architecture == "Qwen2ForCausalLM" || fields.value("use_sliding_window") != nil else {
            return try fields.integer("sliding_window", in: 1...ModelLimits.size).map {
                SlidingWindow(tokens: $0)
            }
        }
        guard try fields.boolean("use_sliding_window") == true else { return nil }
        let first = try fields.requiredInteger("max_window_layers", in: 0...ModelLimits.size)
        guard first < layers else { return nil }
        return SlidingWindow(
            tokens: try fields.requiredInteger("sliding_window", in: 1...ModelLimits.size),
            layers: (0..<layers).map { $0 >= first })
    }

    private func slidingWindow(_ types: [String], layers: Int) throws(CheckpointError) -> SlidingWindow? {
        if let other = types.first(where: { $0 != "full_attention" && $0 != "sliding_attention" }) {
            throw fields.unsupported(
                "layer_types",
                "has \(quoted(other)); supported are 'full_attention' and 'sliding_attention'")
        }
        guard types.contains("sliding_attention") else { return nil }
        guard types.count == layers else {
            throw fields.invalid(
                "layer_types", fields.value("layer_types") ?? .null,
                expected: "a list with \(layers) entries, one for each layer")
        }
        return SlidingWindow(
            tokens: try fields.requiredInteger("sliding_window", in: 1...ModelLimits.size),
            layers: types.map { $0 == "sliding_attention" })
    }

    private func hiddenActivation() throws(CheckpointError) -> String {
        let name = try fields.string("hidden_act") ?? "silu"
        guard name == "silu" else {
            throw fields.unsupported(
                "hidden_act", "is \(quoted(name)), which is not supported; supported is 'silu'")
        }
        return name
    }

    // MARK: - Rotary embedding

    /// transformers 5 writes `rope_parameters`, with the base inside; earlier versions `rope_scaling` and
    /// `rope_theta`.
    private func ropeFields() throws(CheckpointError) -> JSONFile? {
        if let parameters = try fields.object("rope_parameters") {
            return parameters
        }
        return try fields.object("rope_scaling")
    }

    private func ropeTheta() throws(CheckpointError) -> Double {
        if let theta = try fields.object("rope_parameters")?.positiveNumber("rope_theta") {
            return theta
        }
        return try fields.positiveNumber("rope_theta") ?? 10_000
    }

    private func ropeScaling() throws(CheckpointError) -> RopeScaling {
        guard let rope = try ropeFields() else { return .none }
        let name = rope.value("rope_type") == nil ? "type" : "rope_type"
        guard let type = try rope.string(name) else { throw rope.missing("rope_type") }
        switch type {
        case "default":
            return .none
        case "linear":
            return .linear(factor: try rope.requiredPositiveNumber("factor"))
        case "llama3":
            return .llama3(
                factor: try rope.requiredPositiveNumber("factor"),
                lowFrequencyFactor: try rope.requiredPositiveNumber("low_freq_factor"),
                highFrequencyFactor: try rope.requiredPositiveNumber("high_freq_factor"),
                originalMaximumPositions: try rope.requiredInteger(
                    "original_max_position_embeddings",
                    in: 1...ModelLimits.size
                )
            )
        default:
            throw rope.unsupported(
                name,
                "is \(quoted(type)), which is not supported; supported are 'default', 'linear' and 'llama3'"
            )
        }
    }

    private func rotaryFraction(headDimension: Int) throws(CheckpointError) -> Double {
        let name = "partial_rotary_factor"
        let nested = try fields.object("rope_parameters")?.number(name)
        let plain = try fields.number(name)
        guard let fraction = nested ?? plain else { return 1 }
        let dimensions = Int(exactly: (min(max(fraction, 0), 1) * Double(headDimension)).rounded(.down)) ?? 0
        guard fraction > 0, fraction <= 1, dimensions > 0, dimensions % 2 == 0 else {
            throw fields.invalid(
                name,
                .number(fraction),
                expected:
                    "a share of the head dimension \(headDimension) that is an even number of dimensions"
            )
        }
        return fraction
    }

    // MARK: - Weights

    private func dtype() throws(CheckpointError) -> DType? {
        // transformers 5 writes "dtype", earlier versions "torch_dtype".
        let current = try fields.string("dtype")
        let earlier = try fields.string("torch_dtype")
        return switch current ?? earlier {
        case "float64": .float64
        case "float32": .float32
        case "float16": .float16
        case "bfloat16": .bfloat16
        default: nil
        }
    }
}
