/// Reads the `tokenizer.ggml.*` metadata of a GGUF file.
struct GGUFTokenizerReader: Sendable {
    private let metadata: GGUFMetadata

    init(_ metadata: GGUFMetadata) {
        self.metadata = metadata
    }

    /// The text of one token; nil for an id the vocabulary does not have.
    func tokenText(_ id: Int32?) throws(CheckpointError) -> String? {
        guard let id else { return nil }
        return try metadata.string(key("tokens"), at: Int(id))
    }

    func read() throws(CheckpointError) -> GGUFTokenizerMetadata {
        guard let model = try metadata.string(key("model")) else { throw metadata.missing(key("model")) }
        guard let tokens = try metadata.strings(key("tokens")) else { throw metadata.missing(key("tokens")) }
        let types = try metadata.int32s(key("token_type")) ?? []
        let scores = try metadata.float32s(key("scores")) ?? []
        for (name, count) in [("token_type", types.count), ("scores", scores.count)]
        where count != 0 && count != tokens.count {
            throw metadata.invalid(
                key(name), "has \(count) elements, expected one for each of the \(tokens.count) tokens")
        }
        return GGUFTokenizerMetadata(
            model: model,
            pre: try metadata.string(key("pre")),
            tokens: tokens,
            types: types,
            scores: scores,
            merges: try metadata.strings(key("merges")) ?? [],
            bosTokenID: try tokenID("bos_token_id", tokens),
            eosTokenID: try tokenID("eos_token_id", tokens),
            unknownTokenID: try tokenID("unknown_token_id", tokens),
            paddingTokenID: try tokenID("padding_token_id", tokens),
            // The misspelling is the format's.
            separatorTokenID: try tokenID("seperator_token_id", tokens),
            addBOS: try metadata.boolean(key("add_bos_token")),
            addEOS: try metadata.boolean(key("add_eos_token")),
            addSeparator: try metadata.boolean(key("add_sep_token")),
            addSpacePrefix: try metadata.boolean(key("add_space_prefix")),
            removeExtraWhitespaces: try metadata.boolean(key("remove_extra_whitespaces")),
            precompiledCharsmap: try metadata.bytes(key("precompiled_charsmap")) ?? [],
            lowercases: try metadata.boolean(key("normalizer.lowercase")),
            stripsAccents: try metadata.boolean(key("normalizer.strip_accents"))
        )
    }

    // MARK: - Internals

    private func key(_ name: String) -> String { "tokenizer.ggml." + name }

    private func tokenID(_ name: String, _ tokens: [String]) throws(CheckpointError) -> Int32? {
        guard let id = try metadata.tokenID(key(name)) else { return nil }
        guard id < tokens.count else {
            throw metadata.invalid(key(name), "is \(id), expected an id below the \(tokens.count) tokens")
        }
        return id
    }
}
