internal import JSON

extension Tokenizer.Definition {
    init(tokenizerJSON: [UInt8], configJSON: [UInt8]?) throws(TokenizerError) {
        let root = try JSONField.root(of: tokenizerJSON, file: "tokenizer.json")
        let config = try configJSON.map { json throws(TokenizerError) in try HuggingFaceConfiguration(json) }
        let normalizer = Normalizer(try HuggingFaceNormalizer.stages(root.member("normalizer")))
        var stages = try HuggingFacePreTokenizer.stages(root.member("pre_tokenizer"))
        var decoder = Decoder(try HuggingFaceDecoder.stages(root.member("decoder")))
        try Self.checkGrowth(normalizer, stages, root)

        let model = try HuggingFaceModel(root.required("model"))
        // A byte-pair model knows the byte alphabet, so that nothing has to be spelled in it.
        let spellsBytes = try model.canSpellBytes && stages.last?.isByteAlphabet == true
        if spellsBytes { stages.removeLast() }
        let modelVocabulary = try model.vocabulary(usesByteAlphabet: spellsBytes || decoder.isByteLevel)
        var added = try HuggingFaceAddedTokens(root.member("added_tokens"), vocabulary: modelVocabulary)
        try config?.apply(to: &added)
        let (tokens, vocabulary) = added.finish(normalizer)

        let built = try model.build(vocabulary, spellsBytes: spellsBytes)
        if try config?.cleansUpSpaces() == true, !model.isBytePair { decoder = decoder.cleaningUpSpaces }
        self.init(
            vocabulary: vocabulary, normalizer: normalizer, preTokenizer: PreTokenizer(stages: stages),
            model: built, decoder: decoder)
        addedTokens = AddedTokenMatcher(tokens.filter { !$0.isNormalized })
        normalizedAddedTokens = AddedTokenMatcher(tokens.filter(\.isNormalized))
        let processor = try HuggingFacePostProcessor(root.member("post_processor"), vocabulary: vocabulary)
        (prefix, suffix) = (processor.prefix, processor.suffix)
        guard let config else { return }
        bosID = try config.id("bos_token", vocabulary)
        eosID = try config.id("eos_token", vocabulary)
        if let (begin, end) = try config.surroundings() {
            prefix = begin ? [bosID].compactMap { $0 } : []
            suffix = end ? [eosID].compactMap { $0 } : []
        }
    }

    /// How much longer a text may become on its way to the model.
    ///
    /// Components in a row multiply; the greediest known (ALBERT) come to less than 10,000 by the bounds that
    /// are used here.
    private static let largestGrowth = 1 << 16

    private static func checkGrowth(
        _ normalizer: Normalizer, _ stages: [PreTokenizer.Stage], _ root: JSONField
    ) throws(TokenizerError) {
        var growth = 1
        for factor in normalizer.stages.map(\.growth) + stages.map(\.growth) {
            let (product, overflow) = growth.multipliedReportingOverflow(by: max(factor, 1))
            guard !overflow, product <= largestGrowth else {
                throw TokenizerError(
                    .outOfRange, field: "\(root.path) normalizer",
                    found: "components that make text more than \(largestGrowth) times longer",
                    expected: "fewer or shorter replacements", advice: TokenizerError.damagedFileAdvice)
            }
            growth = product
        }
    }
}
