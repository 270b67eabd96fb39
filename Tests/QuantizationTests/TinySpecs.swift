import TestSupport

/// Tiny models of every architecture whose sizes are whole groups of 32, with random weights.
enum TinySpecs {
    static let names = ["llama", "llama, wide", "llama with biases", "mistral", "qwen2"]

    struct Unknown: Error {}

    static func spec(_ name: String) throws -> TinyModelSpec {
        switch name {
        case "llama": spec(name, "LlamaForCausalLM", "llama")
        // Its down projections have more inputs than are computed at a time.
        case "llama, wide": spec(name, "LlamaForCausalLM", "llama", intermediate: 320)
        case "llama with biases":
            spec(
                name, "LlamaForCausalLM", "llama", "\"attention_bias\": true, \"mlp_bias\": true,",
                biases: all)
        case "mistral": spec(name, "MistralForCausalLM", "mistral", "\"sliding_window\": 20,")
        case "qwen2":
            spec(
                name, "Qwen2ForCausalLM", "qwen2", "\"use_sliding_window\": false,",
                biases: ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"])
        default: throw Unknown()
        }
    }

    // MARK: - Internals

    private static let (hidden, heads, keyValueHeads, vocabulary) = (64, 4, 2, 61)
    private static let layers = 2

    private static func linears(_ intermediate: Int) -> [(name: String, outputs: Int, inputs: Int)] {
        [
            ("self_attn.q_proj", 64, 64), ("self_attn.k_proj", 32, 64), ("self_attn.v_proj", 32, 64),
            ("self_attn.o_proj", 64, 64), ("mlp.gate_proj", intermediate, 64),
            ("mlp.up_proj", intermediate, 64), ("mlp.down_proj", 64, intermediate),
        ]
    }
    private static let all = linears(0).map(\.name)

    private static func spec(
        _ name: String, _ architecture: String, _ type: String, _ fields: String = "", biases: [String] = [],
        intermediate: Int = 96
    ) -> TinyModelSpec {
        var tensors = [
            TinyTensor("model.embed_tokens.weight", [vocabulary, hidden]),
            TinyTensor("model.norm.weight", [hidden], scale: 0.25, offset: 1),
            TinyTensor("lm_head.weight", [vocabulary, hidden], scale: TinyTensor.scale(fanIn: hidden)),
        ]
        for layer in 0..<layers {
            let prefix = "model.layers.\(layer)."
            for norm in ["input_layernorm", "post_attention_layernorm"] {
                tensors.append(TinyTensor(prefix + norm + ".weight", [hidden], scale: 0.25, offset: 1))
            }
            for linear in linears(intermediate) {
                tensors.append(
                    TinyTensor(
                        prefix + linear.name + ".weight", [linear.outputs, linear.inputs],
                        scale: TinyTensor.scale(fanIn: linear.inputs)))
                guard biases.contains(linear.name) else { continue }
                tensors.append(TinyTensor(prefix + linear.name + ".bias", [linear.outputs], scale: 0.125))
            }
        }
        let configuration = """
            {"architectures": ["\(architecture)"], "model_type": "\(type)", \(fields)
             "hidden_size": \(hidden), "intermediate_size": \(intermediate), "num_hidden_layers": \(layers),
             "num_attention_heads": \(heads), "num_key_value_heads": \(keyValueHeads), "vocab_size": \(vocabulary),
             "max_position_embeddings": 256, "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "hidden_act": "silu",
             "tie_word_embeddings": false, "torch_dtype": "float32", "bos_token_id": 1, "eos_token_id": 2}
            """
        return TinyModelSpec(name: name, configJSON: configuration, tensors: tensors)
    }
}
