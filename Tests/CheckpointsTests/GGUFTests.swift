import Checkpoints
import Tensors
import TestSupport
import Testing

struct GGUFTests {
    private static func open(_ file: GGUFBuilder, supported: [String]? = nil) throws -> Checkpoint {
        let folder = try TemporaryFolder()
        return try Checkpoint.open(
            folder.write(file.build(), to: "x.gguf"), supportedArchitectures: supported)
    }

    /// The error that opening a file gives.
    private static func error(_ file: GGUFBuilder, supported: [String]? = nil) throws -> CheckpointError {
        try #require(throws: CheckpointError.self) { try open(file, supported: supported) }
    }

    // MARK: - What is read

    @Test
    func `named chat templates are those that the list names`() throws {
        var file = TinyFiles.gguf()
        file.set("tokenizer.chat_templates", .strings(["tool_use", "gone"]))
        file.set("tokenizer.chat_template.tool_use", .string("U"))
        file.set("tokenizer.chat_template.unlisted", .string("V"))
        let found = try Self.open(file).chatTemplates
        #expect(found.byName == ["default": "{{ messages }}", "tool_use": "U"])
        #expect(found.origin == "GGUF metadata")
    }

    @Test
    func `a llama file gives configuration, tokens, template and tensors`() throws {
        let checkpoint = try Self.open(TinyFiles.gguf())
        #expect(checkpoint.kind == .gguf)
        #expect(
            checkpoint.configuration
                == ModelConfiguration(
                    architecture: "LlamaForCausalLM",
                    hiddenSize: 32,
                    intermediateSize: 64,
                    layerCount: 1,
                    attentionHeadCount: 4,
                    keyValueHeadCount: 2,
                    headDimension: 8,
                    vocabularySize: 6,
                    maximumPositions: 128,
                    rmsNormEpsilon: 1e-5,
                    ropeTheta: 50_000,
                    tieWordEmbeddings: true,
                    bosTokenID: 0,
                    eosTokenIDs: [1]
                )
        )
        #expect(checkpoint.chatTemplate == "{{ messages }}")
        #expect(checkpoint.bosToken == "<s>")
        #expect(checkpoint.eosToken == "</s>")
        #expect(checkpoint.generationDefaults == GenerationDefaults(eosTokenIDs: [1]))
        #expect(
            checkpoint.tensors.keys.sorted() == [
                "model.embed_tokens.weight", "model.layers.0.input_layernorm.weight",
                "model.layers.0.mlp.gate_proj.weight",
                "model.layers.0.self_attn.k_proj.weight", "model.layers.0.self_attn.q_proj.weight",
                "model.layers.0.self_attn.v_proj.weight", "model.norm.weight",
            ]
        )
        #expect(checkpoint.tensors.allSatisfy { $0.key == $0.value.name })
    }

    @Test
    func `the tokenizer's metadata is read`() throws {
        var file = TinyFiles.gguf()
        file.set("tokenizer.ggml.scores", .float32s([0, -1, -2, -3, -4, -5]))
        file.set("tokenizer.ggml.unknown_token_id", .uint32(2))
        file.set("tokenizer.ggml.padding_token_id", .uint32(.max))
        file.set("tokenizer.ggml.add_eos_token", .bool(true))
        file.set("tokenizer.ggml.add_space_prefix", .bool(false))
        guard case .gguf(let tokenizer) = try Self.open(file).tokenizerSource() else {
            Issue.record("a GGUF file has a GGUF tokenizer")
            return
        }
        #expect(
            tokenizer
                == GGUFTokenizerMetadata(
                    model: "gpt2",
                    pre: "smollm",
                    tokens: ["<s>", "</s>", "a", "b", "ab", "é"],
                    types: [3, 3, 1, 1, 1, 1],
                    scores: [0, -1, -2, -3, -4, -5],
                    merges: ["a b"],
                    bosTokenID: 0,
                    eosTokenID: 1,
                    unknownTokenID: 2,
                    paddingTokenID: nil,
                    addBOS: false,
                    addEOS: true,
                    addSpacePrefix: false
                )
        )
    }

    @Test(arguments: [
        ("token_embd.weight", "model.embed_tokens.weight"),
        ("output_norm.weight", "model.norm.weight"),
        ("output.weight", "lm_head.weight"),
        ("blk.12.attn_norm.weight", "model.layers.12.input_layernorm.weight"),
        ("blk.12.attn_q.bias", "model.layers.12.self_attn.q_proj.bias"),
        ("blk.12.attn_k.bias", "model.layers.12.self_attn.k_proj.bias"),
        ("blk.12.attn_v.bias", "model.layers.12.self_attn.v_proj.bias"),
        ("blk.12.attn_output.weight", "model.layers.12.self_attn.o_proj.weight"),
        ("blk.12.ffn_norm.weight", "model.layers.12.post_attention_layernorm.weight"),
        ("blk.12.ffn_gate.weight", "model.layers.12.mlp.gate_proj.weight"),
        ("blk.12.ffn_up.weight", "model.layers.12.mlp.up_proj.weight"),
        ("blk.12.ffn_down.weight", "model.layers.12.mlp.down_proj.weight"),
        ("blk.12.attn_q_norm.weight", "blk.12.attn_q_norm.weight"),
        ("blk.x.attn_q.weight", "blk.x.attn_q.weight"),
        ("blk.1.attn_q.scale", "blk.1.attn_q.scale"),
        ("something", "something"),
    ])
    func `tensor names become Hugging Face names`(name: String, expected: String) throws {
        var file = TinyFiles.gguf()
        file.tensors = []
        file.add(name, [32], [Float](repeating: 1, count: 32))
        #expect(try Self.open(file).tensors.keys.first == expected)
    }

    @Test
    func `the tensors that exist decide about tied embeddings and biases`() throws {
        var file = TinyFiles.gguf("qwen2")
        let zeros = [Float](repeating: 0, count: 32)
        file.add("output.weight", [1, 32], zeros)
        file.add("blk.0.attn_q.bias", [32], zeros)
        file.add("blk.0.ffn_gate.bias", [32], zeros)
        let configuration = try Self.open(file).configuration
        #expect(configuration.architecture == "Qwen2ForCausalLM")
        #expect(!configuration.tieWordEmbeddings)
        #expect(configuration.attentionBias)
        #expect(configuration.mlpBias)
    }

    @Test
    func `absent keys have their defaults`() throws {
        var file = TinyFiles.gguf()
        for key in ["vocab_size", "attention.head_count_kv", "rope.dimension_count", "rope.freq_base"] {
            file.set("llama." + key, nil)
        }
        file.set("tokenizer.ggml.bos_token_id", nil)
        let configuration = try Self.open(file).configuration
        #expect(configuration.vocabularySize == 6)
        #expect(configuration.keyValueHeadCount == 4)
        #expect(configuration.rotaryFraction == 1)
        #expect(configuration.ropeTheta == 10_000)
        #expect(configuration.bosTokenID == nil)
    }

    @Test
    func `optional keys are used`() throws {
        var file = TinyFiles.gguf()
        file.set("llama.attention.key_length", .uint32(16))
        file.set("llama.attention.value_length", .uint32(16))
        file.set("llama.rope.scaling.type", .string("linear"))
        file.set("llama.rope.scaling.factor", .float32(4))
        file.set("tokenizer.ggml.eot_token_id", .uint32(5))
        file.set("general.file_type", .uint32(3))
        file.set("general.sampling.temp", .float32(0.5))
        file.set("general.sampling.top_k", .int32(20))
        file.set("general.alignment", .uint32(64))
        file.alignment = 64
        let checkpoint = try Self.open(file)
        #expect(checkpoint.configuration.headDimension == 16)
        #expect(checkpoint.configuration.rotaryFraction == 0.5)
        #expect(checkpoint.configuration.ropeScaling == .linear(factor: 4))
        #expect(checkpoint.configuration.eosTokenIDs == [1, 5])
        #expect(checkpoint.configuration.dtype == .q4_1)
        #expect(checkpoint.generationDefaults.temperature == 0.5)
        #expect(checkpoint.generationDefaults.topK == 20)
    }

    @Test
    func `rope factors become the scaling and are no parameter`() throws {
        var file = TinyFiles.gguf()
        file.add("rope_freqs.weight", [4], [1, 1, 2.5, 8])
        let checkpoint = try Self.open(file)
        #expect(checkpoint.configuration.ropeScaling == .factors([1, 1, 2.5, 8]))
        #expect(checkpoint.tensors["rope_freqs.weight"] == nil)
    }

    @Test(arguments: [
        GGUFBuilder.Value.uint8(4), .int8(4), .uint16(4), .int16(4), .uint32(4), .int32(4), .uint64(4),
        .int64(4),
    ])
    func `sizes may have any integer type`(value: GGUFBuilder.Value) throws {
        var file = TinyFiles.gguf()
        file.set("llama.attention.head_count", value)
        #expect(try Self.open(file).configuration.attentionHeadCount == 4)
    }

    @Test
    func `unused values of every type are skipped`() throws {
        var file = TinyFiles.gguf()
        let unused: [GGUFBuilder.Value] = [
            .uint8(1), .int8(1), .uint16(1), .int16(1), .uint32(1), .int32(1), .uint64(1), .int64(1),
            .float32(1),
            .float64(1), .bool(true), .string("x"), .strings(["x", ""]), .int32s([]), .float32s([1]),
            .nested([[1, 2], [], [3]]),
        ]
        for (index, value) in unused.enumerated() {
            file.metadata.insert(("unused.\(index)", value), at: 0)
        }
        #expect(try Self.open(file).configuration.hiddenSize == 32)
    }

    @Test
    func `version 2 has the same layout`() throws {
        var file = TinyFiles.gguf()
        file.version = 2
        #expect(try Self.open(file).configuration.hiddenSize == 32)
    }

    // MARK: - What is refused

    @Test(arguments: [UInt32(1), 4, 3 << 24])
    func `other versions are refused by number`(version: UInt32) throws {
        var file = TinyFiles.gguf()
        file.version = version
        let error = try Self.error(file)
        #expect(error.code == .unsupported)
        #expect(error.message.contains("convert the model again"))
        #expect(error.message.contains(version == 3 << 24 ? "big-endian" : "version \(version)"))
    }

    @Test(arguments: [
        (UInt32(4), "Q4_2"), (9, "Q8_1"), (15, "Q8_K"), (16, "IQ2_XXS"), (22, "IQ2_S"), (29, "IQ1_M"),
        (31, "Q4_0_4_4"), (34, "TQ1_0"), (35, "TQ2_0"), (40, "NVFP4"), (99, "number 99"),
        (.max, "number 4294967295"),
    ])
    func `other tensor types are refused by name`(type: UInt32, name: String) throws {
        var file = TinyFiles.gguf()
        file.add("x", [256], type: type, [UInt8](repeating: 0, count: 2048))
        let error = try Self.error(file)
        #expect(error.code == .unsupported)
        #expect(error.message.contains("'x' has the type \(name),"))
        #expect(error.message.contains("F32, F16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q2_K, "))
    }

    @Test
    func `an architecture the caller does not support is refused before its keys are read`() throws {
        var file = TinyFiles.gguf("mamba")
        file.set("mamba.attention.head_count", nil)
        #expect(try Self.error(file).code == .missingField)
        let error = try Self.error(file, supported: ["LlamaForCausalLM", "Qwen2ForCausalLM"])
        #expect(error.code == .unsupported)
        #expect(
            error.message.contains(
                "'mamba' is not supported; supported are LlamaForCausalLM, Qwen2ForCausalLM"))
        let llama = try Self.open(TinyFiles.gguf(), supported: ["LlamaForCausalLM"])
        #expect(llama.configuration.architecture == "LlamaForCausalLM")
    }

    @Test(
        arguments: [
            ("general.architecture", nil, CheckpointError.Code.missingField),
            ("general.architecture", .uint32(1), .invalidField),
            ("llama.embedding_length", nil, .missingField),
            ("llama.embedding_length", .string("32"), .invalidField),
            ("llama.embedding_length", .float32(32), .invalidField),
            ("llama.embedding_length", .uint32(0), .invalidField),
            ("llama.embedding_length", .int32(-32), .invalidField),
            ("llama.embedding_length", .uint64(.max), .invalidField),
            ("llama.block_count", .uint32(1 << 20), .invalidField),
            ("llama.feed_forward_length", nil, .missingField),
            ("llama.context_length", nil, .missingField),
            ("llama.attention.head_count", .uint32(6), .invalidField),
            ("llama.attention.head_count_kv", .uint32(3), .invalidField),
            ("llama.attention.head_count_kv", .int32s([2, 2]), .invalidField),
            ("llama.attention.layer_norm_rms_epsilon", nil, .missingField),
            ("llama.attention.layer_norm_rms_epsilon", .float32(.nan), .invalidField),
            ("llama.attention.layer_norm_rms_epsilon", .float32(0), .invalidField),
            ("llama.rope.dimension_count", .uint32(10), .invalidField),
            ("llama.rope.freq_base", .float32(0), .invalidField),
            ("llama.rope.scaling.type", .string("yarn"), .unsupported),
            ("llama.rope.scale_linear", .float32(4), .unsupported),
            ("llama.expert_count", .uint32(8), .unsupported),
            ("llama.attention.sliding_window", .int32s([64]), .invalidField),
            ("llama.attention.sliding_window", .string("64"), .invalidField),
            ("llama.attention.causal", .bool(false), .unsupported),
            ("llama.logit_scale", .float32(0.5), .unsupported),
            ("general.alignment", .uint32(0), .invalidField),
            ("general.alignment", .uint32(24), .invalidField),
            ("tokenizer.ggml.eos_token_id", .string("x"), .invalidField),
            ("tokenizer.ggml.tokens", .int32s([1]), .invalidField),
            (
                "tokenizer.chat_template", .raw(type: 8, bytes: LittleEndian.bytes(UInt64(1)) + [0xFF]),
                .malformed
            ),
        ] as [(String, GGUFBuilder.Value?, CheckpointError.Code)])
    func `metadata that is missing, wrong or not implemented is refused by key`(
        key: String,
        value: GGUFBuilder.Value?,
        code: CheckpointError.Code
    ) throws {
        var file = TinyFiles.gguf()
        file.set(key, value)
        let error = try Self.error(file)
        #expect(error.code == code)
        #expect(error.message.contains("'\(key)'"))
        #expect(error.message.contains("x.gguf"))
        #expect(!error.message.contains("\n"))
    }

    @Test
    func `a tokenizer that does not fit its vocabulary is refused`() throws {
        for (key, value) in [
            ("token_type", GGUFBuilder.Value.int32s([1])), ("scores", .float32s([1])),
            ("bos_token_id", .uint32(6)),
            ("model", nil), ("tokens", nil),
        ] {
            var file = TinyFiles.gguf()
            file.set("tokenizer.ggml." + key, value)
            let checkpoint = try Self.open(file)
            let error = try #require(throws: CheckpointError.self) { try checkpoint.tokenizerSource() }
            #expect(error.message.contains("'tokenizer.ggml.\(key)'"))
        }
    }

    @Test
    func `rope factors that do not fit are refused`() throws {
        let broken: [(count: Int, value: Float)] = [(3, 1), (4, 0), (4, -1), (4, .nan), (4, .infinity)]
        for (count, value) in broken {
            var file = TinyFiles.gguf()
            file.add("rope_freqs.weight", [count], [Float](repeating: value, count: count))
            #expect(try Self.error(file).code == .invalidField)
        }
    }
}
