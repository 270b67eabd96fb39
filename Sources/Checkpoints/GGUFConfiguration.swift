internal import Tensors

/// Reads the `<architecture>.*` metadata of a GGUF file as a model configuration.
struct GGUFConfiguration {
    private let gguf: GGUFFile
    private let metadata: GGUFMetadata
    private let ggufArchitecture: String
    private let tensorNames: Set<String>
    /// The divisors of the `rope_freqs.weight` tensor, where the file has one.
    private let ropeFactors: [Float]?

    init(_ gguf: GGUFFile, ropeFactors: [Float]?) throws(CheckpointError) {
        self.gguf = gguf
        self.ropeFactors = ropeFactors
        metadata = gguf.metadata
        ggufArchitecture = try Self.ggufArchitecture(gguf.metadata)
        tensorNames = Set(gguf.tensors.map(\.info.name))
    }

    static func ggufArchitecture(_ metadata: GGUFMetadata) throws(CheckpointError) -> String {
        guard let name = try metadata.string("general.architecture") else {
            throw metadata.missing("general.architecture")
        }
        return name
    }

    /// The Hugging Face name of an architecture; its GGUF name where none is known here.
    static func architecture(_ ggufName: String) -> String {
        switch ggufName {
        case "llama": "LlamaForCausalLM"
        case "qwen2": "Qwen2ForCausalLM"
        default: ggufName
        }
    }

    func read() throws(CheckpointError) -> ModelConfiguration {
        try refuseUnsupportedKeys()
        let hiddenSize = try size("embedding_length")
        let headCount = try size("attention.head_count")
        let keyValueHeadCount = try optionalSize("attention.head_count_kv") ?? headCount
        guard headCount % keyValueHeadCount == 0 else {
            throw metadata.invalid(
                key("attention.head_count_kv"),
                "is \(keyValueHeadCount), expected a divisor of the \(headCount) attention heads"
            )
        }
        let headDimension = try headDimension(hiddenSize: hiddenSize, headCount: headCount)
        return ModelConfiguration(
            architecture: Self.architecture(ggufArchitecture),
            hiddenSize: hiddenSize,
            intermediateSize: try size("feed_forward_length"),
            layerCount: try size("block_count", atMost: ModelLimits.layers),
            attentionHeadCount: headCount,
            keyValueHeadCount: keyValueHeadCount,
            headDimension: headDimension,
            vocabularySize: try vocabularySize(),
            maximumPositions: try size("context_length"),
            rmsNormEpsilon: Float(try positiveNumber("attention.layer_norm_rms_epsilon")),
            ropeTheta: try optionalPositiveNumber("rope.freq_base") ?? 10_000,
            ropeScaling: try ropeScaling(),
            tieWordEmbeddings: !tensorNames.contains("output.weight"),
            attentionBias: tensorNames.contains("blk.0.attn_q.bias"),
            mlpBias: tensorNames.contains("blk.0.ffn_gate.bias"),
            slidingWindow: try slidingWindow(),
            dtype: try dtype(),
            bosTokenID: try metadata.tokenID("tokenizer.ggml.bos_token_id"),
            eosTokenIDs: try eosTokenIDs(),
            rotaryFraction: try rotaryFraction(headDimension: headDimension)
        )
    }

    // MARK: - Sizes

    private func key(_ name: String) -> String { ggufArchitecture + "." + name }

    private func size(_ name: String, atMost limit: Int = ModelLimits.size) throws(CheckpointError) -> Int {
        guard let value = try optionalSize(name, atMost: limit) else { throw metadata.missing(key(name)) }
        return value
    }

    private func optionalSize(_ name: String, atMost limit: Int = ModelLimits.size) throws(CheckpointError)
        -> Int?
    {
        guard let value = try metadata.integer(key(name)) else { return nil }
        guard value > 0, value <= limit else {
            throw metadata.invalid(key(name), "is \(value), expected 1...\(limit)")
        }
        return value
    }

    private func positiveNumber(_ name: String) throws(CheckpointError) -> Double {
        guard let value = try optionalPositiveNumber(name) else { throw metadata.missing(key(name)) }
        return value
    }

    private func optionalPositiveNumber(_ name: String) throws(CheckpointError) -> Double? {
        guard let value = try metadata.number(key(name)) else { return nil }
        guard value > 0 else { throw metadata.invalid(key(name), "is \(value), expected a positive number") }
        return value
    }

    private func headDimension(hiddenSize: Int, headCount: Int) throws(CheckpointError) -> Int {
        if let stated = try optionalSize("attention.key_length") {
            let values = try optionalSize("attention.value_length") ?? stated
            guard values == stated else {
                throw metadata.unsupported(
                    key("attention.value_length"),
                    "is \(values); values of another length than the keys' \(stated) are not supported"
                )
            }
            return stated
        }
        guard hiddenSize % headCount == 0 else {
            throw metadata.invalid(
                key("attention.head_count"),
                "is \(headCount), expected a divisor of the hidden size \(hiddenSize)"
            )
        }
        return hiddenSize / headCount
    }

    private func vocabularySize() throws(CheckpointError) -> Int {
        if let stated = try optionalSize("vocab_size") {
            return stated
        }
        guard let count = try metadata.count("tokenizer.ggml.tokens"), count > 0, count <= ModelLimits.size
        else {
            throw metadata.missing(key("vocab_size"))
        }
        return count
    }

    // MARK: - Rotary embedding

    private func rotaryFraction(headDimension: Int) throws(CheckpointError) -> Double {
        guard let dimensions = try optionalSize("rope.dimension_count") else { return 1 }
        guard dimensions <= headDimension, dimensions % 2 == 0 else {
            throw metadata.invalid(
                key("rope.dimension_count"),
                "is \(dimensions), expected an even number up to the head dimension \(headDimension)"
            )
        }
        return Double(dimensions) / Double(headDimension)
    }

    private func ropeScaling() throws(CheckpointError) -> RopeScaling {
        let type = try metadata.string(key("rope.scaling.type")) ?? "none"
        switch type {
        case "none":
            return ropeFactors.map { .factors($0) } ?? .none
        case "linear":
            guard ropeFactors == nil else {
                throw metadata.unsupported(
                    key("rope.scaling.type"),
                    "is 'linear' beside a rope_freqs.weight tensor; both at once are not supported"
                )
            }
            return .linear(factor: try positiveNumber("rope.scaling.factor"))
        default:
            throw metadata.unsupported(
                key("rope.scaling.type"),
                "is \(quoted(type)), which is not supported; supported are 'none' and 'linear'"
            )
        }
    }

    // MARK: - Tokens and type

    private func eosTokenIDs() throws(CheckpointError) -> [Int32] {
        var ids: [Int32] = []
        for key in ["tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id"] {
            if let id = try metadata.tokenID(key), !ids.contains(id) {
                ids.append(id)
            }
        }
        return ids
    }

    /// `general.file_type` names the type of most tensors.
    private func dtype() throws(CheckpointError) -> DType? {
        switch try metadata.integer("general.file_type") {
        case 0: .float32
        case 1: .float16
        case 2: .q4_0
        case 3: .q4_1
        case 7: .q8_0
        case 32: .bfloat16
        default: nil
        }
    }

    private func slidingWindow() throws(CheckpointError) -> SlidingWindow? {
        guard let window = try metadata.integer(key("attention.sliding_window")), window != 0 else {
            return nil
        }
        guard 1...ModelLimits.size ~= window else {
            throw metadata.invalid(
                key("attention.sliding_window"),
                "is \(window), expected an integer from 0 to \(ModelLimits.size); download the file again")
        }
        return SlidingWindow(tokens: window)
    }

    // MARK: - What is not implemented

    /// Keys whose meaning is not implemented are refused where they would change the result.
    private func refuseUnsupportedKeys() throws(CheckpointError) {
        if let experts = try metadata.integer(key("expert_count")), experts > 0 {
            throw metadata.unsupported(
                key("expert_count"), "is \(experts); mixtures of experts are not supported")
        }
        for (name, neutral) in Self.unsupportedNumbers {
            if let value = try metadata.number(key(name)), !neutral.contains(value) {
                throw metadata.unsupported(key(name), "is \(value); only \(neutral[0]) is supported")
            }
        }
        if try metadata.boolean(key("attention.causal")) == false {
            throw metadata.unsupported(key("attention.causal"), "is false; only causal models are supported")
        }
        if try metadata.boolean(key("use_parallel_residual")) == true {
            throw metadata.unsupported(key("use_parallel_residual"), "is true, which is not supported")
        }
    }

    /// Keys and the values that change nothing; 0 means "not used" to some writers of scales.
    private static let unsupportedNumbers: [(String, [Double])] = [
        ("attention.scale", [0]),
        ("attention.clamp_kqv", [0]),
        ("attention.max_alibi_bias", [0]),
        ("attn_logit_softcapping", [0]),
        ("final_logit_softcapping", [0]),
        ("logit_scale", [1, 0]),
        ("embedding_scale", [1, 0]),
        ("residual_scale", [1, 0]),
        ("rope.scaling.attn_factor", [1]),
        ("rope.scale_linear", [1]),
    ]
}
