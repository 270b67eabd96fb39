/// What a `tokenizer.ggml.pre` name stands for.
///
/// GGUF files carry this name instead of the expression.
struct GGUFPreTokenizer {
    var stages: [PreTokenizer.Stage]
    var normalizes = false
    var ignoreMerges = false

    /// Nil for a name this module does not know.
    init?(name: String) {
        switch name {
        case "gpt-2", "default", "", "phi-2", "jina-es", "jina-de", "jina-v2-es", "jina-v2-de", "gigachat",
            "a.x-4.0", "modern-bert", "exaone4":
            stages = [.pattern(.gpt2)]
        case "smollm", "starcoder", "refact", "codeshell":
            stages = [.digits(isIndividual: true), .pattern(.gpt2)]
        case "llama-bpe", "llama3", "llama-v3", "smaug-bpe", "falcon3", "falcon-h1", "midm-2.0", "lfm2":
            stages = [.pattern(.cl100k(maximumDigits: 3))]
            ignoreMerges = true
        case "qwen2", "deepseek-r1-qwen", "megrez", "kormo":
            stages = [.pattern(.cl100k(maximumDigits: 1))]
            normalizes = true
        default:
            return nil
        }
    }
}
