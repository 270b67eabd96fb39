/// The normalizer, pre-tokenizer and decoder of a `tokenizer.json`, as far as byte-level BPE needs them.
enum HuggingFaceComponents {
    /// Whether text is normalized to NFC; nil (no normalizer) leaves it as it is.
    static func normalizesToNFC(_ field: JSONField?) throws(TokenizerError) -> Bool {
        guard let field else { return false }
        let type = try field.required("type")
        switch try type.string() {
        case "NFC":
            return true
        case "Sequence":
            var normalizes = false
            for element in try field.required("normalizers").elements() {
                if try normalizesToNFC(element) { normalizes = true }
            }
            return normalizes
        default:
            throw type.unsupported(TokenizerError.quote(try type.bytes()), expected: "NFC or no normalizer")
        }
    }

    /// The stages of a pre-tokenizer that ends in the change to the byte alphabet.
    static func stages(_ field: JSONField) throws(TokenizerError) -> [PreTokenizer.Stage] {
        let parts = try flattened(field)
        var stages: [PreTokenizer.Stage] = []
        for (index, part) in parts.enumerated() {
            let type = try part.required("type")
            let isLast = index == parts.count - 1
            switch (try type.string(), isLast) {
            case ("ByteLevel", true):
                if try part.flag("add_prefix_space", default: true) { stages.append(.prefixSpace) }
                if try part.flag("use_regex", default: true) { stages.append(.pattern(.gpt2)) }
            case ("Split", false):
                stages.append(.pattern(try pattern(part)))
            case ("Digits", false):
                stages.append(.digits(isIndividual: try part.flag("individual_digits", default: false)))
            default:
                throw type.unsupported(
                    TokenizerError.quote(try type.bytes()),
                    expected: "Split, Digits, and ByteLevel at the end")
            }
        }
        guard !parts.isEmpty else { throw field.unsupported("nothing", expected: "ByteLevel") }
        return stages
    }

    static func checkDecoder(_ field: JSONField) throws(TokenizerError) {
        let type = try field.required("type")
        guard try type.string() == "ByteLevel" else {
            throw type.unsupported(TokenizerError.quote(try type.bytes()), expected: "ByteLevel")
        }
    }

    // MARK: - Internals

    private static func flattened(_ field: JSONField) throws(TokenizerError) -> [JSONField] {
        guard try field.required("type").string() == "Sequence" else { return [field] }
        var parts: [JSONField] = []
        for element in try field.required("pretokenizers").elements() {
            parts += try flattened(element)
        }
        return parts
    }

    private static func pattern(_ split: JSONField) throws(TokenizerError) -> SplitPattern {
        let expression = try split.required("pattern").required("Regex")
        guard let pattern = SplitPattern(expression: try expression.bytes()) else {
            throw expression.unsupported(
                TokenizerError.quote(try expression.bytes()),
                expected: "the expression of GPT-2, Llama 3, Qwen2 or cl100k")
        }
        // The known expressions match everywhere: keeping the matches and removing what is between them
        // is then the same.
        let behavior = try split.required("behavior")
        switch (try behavior.string(), try split.flag("invert", default: false)) {
        case ("Isolated", _), ("Removed", true): return pattern
        default: throw behavior.unsupported(TokenizerError.quote(try behavior.bytes()), expected: "Isolated")
        }
    }
}
