/// What a file of ranks does not say: the expression that cuts text, and the special tokens.
struct TiktokenEncoding: Sendable {
    enum Expression: Sendable {
        case known(SplitPattern)
        case other(String)
    }

    var expression: Expression
    /// With the ids that follow the ranks, in order.
    var special: [String] = []
    /// With ids of their own.
    var specialIDs: [String: Int32] = [:]
    var normalizes = false
    var bos: String?
    var eos: String?

    /// By the file's name: tiktoken's own encodings, or Qwen's.
    static func named(_ fileName: String) -> TiktokenEncoding {
        let name = fileName.lowercased()
        if name.hasPrefix("o200k") { return o200k }
        if name.hasPrefix("cl100k") { return cl100k }
        if name.hasPrefix("r50k") || name.hasPrefix("p50k") { return gpt2 }
        if name.hasSuffix(".model") { return llama3 }
        return qwen
    }

    static let qwen = TiktokenEncoding(
        expression: .known(.cl100k(maximumDigits: 1)),
        special: ["<|endoftext|>", "<|im_start|>", "<|im_end|>"] + (0..<205).map { "<|extra_\($0)|>" },
        normalizes: true, eos: "<|endoftext|>")

    /// The `tokenizer.model` of Llama 3, with the names of Llama 3.1.
    static let llama3 = TiktokenEncoding(
        expression: .known(.cl100k(maximumDigits: 3)),
        special: [
            "<|begin_of_text|>", "<|end_of_text|>", "<|reserved_special_token_0|>",
            "<|reserved_special_token_1|>", "<|finetune_right_pad_id|>", "<|reserved_special_token_2|>",
            "<|start_header_id|>", "<|end_header_id|>", "<|eom_id|>", "<|eot_id|>", "<|python_tag|>",
        ] + (3..<248).map { "<|reserved_special_token_\($0)|>" },
        bos: "<|begin_of_text|>", eos: "<|end_of_text|>")

    static let gpt2 = TiktokenEncoding(
        expression: .known(.gpt2), special: ["<|endoftext|>"], eos: "<|endoftext|>")

    static let cl100k = TiktokenEncoding(
        expression: .other(
            #"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|"#
                + #"\s*[\r\n]|\s+(?!\S)|\s"#),
        specialIDs: [
            "<|endoftext|>": 100257, "<|fim_prefix|>": 100258, "<|fim_middle|>": 100259,
            "<|fim_suffix|>": 100260, "<|endofprompt|>": 100276,
        ], eos: "<|endoftext|>")

    static let o200k = TiktokenEncoding(
        expression: .other(KnownExpressions.o200k),
        specialIDs: ["<|endoftext|>": 199999, "<|endofprompt|>": 200018], eos: "<|endoftext|>")
}
