/// GGUF tensor names in terms of Hugging Face's.
///
/// Names without a counterpart stay as they are, so that strict loading reports them.
enum GGUFTensorNames {
    static func huggingFaceName(_ name: String) -> String {
        if let whole = wholeNames[name] {
            return whole
        }
        // blk.<layer>.<module>.<weight or bias>
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == "blk", isDecimal(parts[1]),
            parts[3] == "weight" || parts[3] == "bias", let module = layerModules[String(parts[2])]
        else { return name }
        return "model.layers.\(parts[1]).\(module).\(parts[3])"
    }

    private static func isDecimal(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
    }

    private static let wholeNames = [
        "token_embd.weight": "model.embed_tokens.weight",
        "output_norm.weight": "model.norm.weight",
        "output.weight": "lm_head.weight",
    ]

    private static let layerModules = [
        "attn_norm": "input_layernorm",
        "attn_q": "self_attn.q_proj",
        "attn_k": "self_attn.k_proj",
        "attn_v": "self_attn.v_proj",
        "attn_output": "self_attn.o_proj",
        "ffn_norm": "post_attention_layernorm",
        "ffn_gate": "mlp.gate_proj",
        "ffn_up": "mlp.up_proj",
        "ffn_down": "mlp.down_proj",
    ]
}
