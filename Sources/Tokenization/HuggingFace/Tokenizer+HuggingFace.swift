extension Tokenizer.Definition {
    init(tokenizerJSON: [UInt8], configJSON: [UInt8]?) throws(TokenizerError) {
        let root = try JSONField.root(of: tokenizerJSON, file: "tokenizer.json")
        let model = try HuggingFaceModel(root.required("model"))
        let normalizes = try HuggingFaceComponents.normalizesToNFC(root.member("normalizer"))
        let stages = try HuggingFaceComponents.stages(root.required("pre_tokenizer"))
        try HuggingFaceComponents.checkDecoder(root.required("decoder"))

        var vocabulary = model.vocabulary
        let added = try HuggingFaceAddedTokens(
            root.member("added_tokens"), normalizes: normalizes, vocabulary: &vocabulary)
        self.init(
            model: BytePairModel(
                vocabulary: vocabulary, merges: model.merges, options: try model.options(vocabulary)),
            preTokenizer: PreTokenizer(stages: stages))
        self.normalizes = normalizes
        addedTokens = AddedTokenMatcher(added.tokens.filter { !$0.isNormalized })
        normalizedAddedTokens = AddedTokenMatcher(added.tokens.filter(\.isNormalized))
        if let processor = try root.member("post_processor") {
            let template = try HuggingFaceTemplate(processor, vocabulary: vocabulary)
            prefix = template.prefix
            suffix = template.suffix
        }
        if let configJSON {
            let config = try JSONField.root(of: configJSON, file: "tokenizer_config.json")
            bosID = try Self.tokenID(config.member("bos_token"), vocabulary)
            eosID = try Self.tokenID(config.member("eos_token"), vocabulary)
        }
    }

    /// The id of a token that is given as its text or as an object with its `content`.
    private static func tokenID(
        _ field: JSONField?, _ vocabulary: Vocabulary
    ) throws(TokenizerError) -> Int32? {
        guard var field else { return nil }
        if case .object = field.value { field = try field.required("content") }
        let text = Array(try field.bytes())
        guard let id = vocabulary.id(ofText: text) else {
            throw TokenizerError(
                .inconsistent, field: field.path, found: TokenizerError.quote(text),
                expected: "a token of tokenizer.json",
                advice: "use the tokenizer_config.json and tokenizer.json of the same model")
        }
        return id
    }
}
