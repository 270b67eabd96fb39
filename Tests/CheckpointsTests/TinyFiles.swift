import Tensors
import TestSupport

/// Small valid model files that tests change and break.
enum TinyFiles {
    /// One Llama layer: hidden size 32, 4 heads and 2 key-value heads of 8, intermediate size 64, 6 tokens.
    static func gguf(_ architecture: String = "llama", seed: UInt64 = 1) -> GGUFBuilder {
        typealias TensorType = GGUFBuilder.TensorType
        var random = SeededGenerator(seed: seed)
        var file = GGUFBuilder()
        for (key, value) in sizes {
            file.set(architecture + "." + key, .uint32(value))
        }
        file.set("general.architecture", .string(architecture))
        file.set(architecture + ".attention.layer_norm_rms_epsilon", .float32(1e-5))
        file.set(architecture + ".rope.freq_base", .float32(50_000))
        file.set("tokenizer.ggml.model", .string("gpt2"))
        file.set("tokenizer.ggml.pre", .string("smollm"))
        file.set("tokenizer.ggml.tokens", .strings(["<s>", "</s>", "a", "b", "ab", "é"]))
        file.set("tokenizer.ggml.token_type", .int32s([3, 3, 1, 1, 1, 1]))
        file.set("tokenizer.ggml.merges", .strings(["a b"]))
        file.set("tokenizer.ggml.bos_token_id", .uint32(0))
        file.set("tokenizer.ggml.eos_token_id", .uint32(1))
        file.set("tokenizer.ggml.add_bos_token", .bool(false))
        file.set("tokenizer.chat_template", .string("{{ messages }}"))
        file.add(
            "token_embd.weight", [6, 32], type: TensorType.q8_0,
            BlockReference.randomBlocks(.q8_0, 6, &random))
        file.add("blk.0.attn_norm.weight", [32], random.floats(32))
        file.add(
            "blk.0.attn_q.weight", [32, 32], type: TensorType.q4_1,
            BlockReference.randomBlocks(.q4_1, 32, &random))
        file.add(
            "blk.0.attn_k.weight", [16, 32], type: TensorType.q4_0,
            BlockReference.randomBlocks(.q4_0, 16, &random))
        file.add(
            "blk.0.attn_v.weight", [16, 32], type: TensorType.float16,
            BlockReference.randomBlocks(.float16, 16 * 32, &random))
        file.add(
            "blk.0.ffn_gate.weight", [64, 32], type: TensorType.bfloat16,
            BlockReference.randomBlocks(.bfloat16, 64 * 32, &random))
        file.add("output_norm.weight", [32], random.floats(32))
        return file
    }

    private static let sizes: [(String, UInt32)] = [
        ("embedding_length", 32), ("feed_forward_length", 64), ("block_count", 1), ("context_length", 128),
        ("attention.head_count", 4), ("attention.head_count_kv", 2), ("vocab_size", 6),
        ("rope.dimension_count", 8),
    ]

    static let config: [String: String] = [
        "architectures": #"["LlamaForCausalLM"]"#,
        "hidden_size": "32",
        "intermediate_size": "64",
        "num_hidden_layers": "1",
        "num_attention_heads": "4",
        "num_key_value_heads": "2",
        "vocab_size": "6",
        "max_position_embeddings": "128",
        "rms_norm_eps": "1e-05",
        "rope_theta": "50000.0",
        "hidden_act": #""silu""#,
        "torch_dtype": #""bfloat16""#,
        "bos_token_id": "0",
        "eos_token_id": "[1, 5]",
    ]

    /// The config above with fields replaced, or removed where the value is nil.
    static func config(changing changes: [String: String?]) -> String {
        var fields = config
        for (name, value) in changes {
            fields[name] = value
        }
        let lines = fields.sorted { $0.key < $1.key }.map { name, value in "\"\(name)\": \(value)" }
        return "{" + lines.joined(separator: ",\n ") + "}"
    }

    static func safetensors() -> SafetensorsBuilder {
        var random = SeededGenerator(seed: 3)
        var file = SafetensorsBuilder()
        file.add("model.embed_tokens.weight", [6, 32], random.floats(6 * 32))
        file.add("model.norm.weight", [32], dtype: "BF16", random.bytes(64))
        file.add("lm_head.weight", [6, 32], dtype: "F16", random.bytes(6 * 32 * 2))
        return file
    }

    /// A Hugging Face folder with the given files; a nil value leaves a standard file out.
    static func folder(
        config: String? = config(changing: [:]),
        weights: [UInt8]? = safetensors().build(),
        others: [String: String] = [:]
    ) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        if let config {
            try folder.write(config, to: "config.json")
        }
        if let weights {
            try folder.write(weights, to: "model.safetensors")
        }
        for (name, text) in others {
            try folder.write(text, to: name)
        }
        return folder
    }
}
