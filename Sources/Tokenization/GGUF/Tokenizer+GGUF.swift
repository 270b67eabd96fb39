extension Tokenizer.Definition {
    private enum TokenType {
        static let unknown: Int32 = 2
        static let control: Int32 = 3
        static let userDefined: Int32 = 4
    }

    init(vocabulary file: GGUFVocabulary) throws(TokenizerError) {
        guard file.model == "gpt2" else {
            throw Self.error(
                .unsupported, "model", found: TokenizerError.quote(file.model), expected: "\"gpt2\"",
                advice: TokenizerError.conversionAdvice)
        }
        guard let settings = GGUFPreTokenizer(name: file.pre) else {
            throw Self.error(
                .unsupported, "pre", found: TokenizerError.quote(file.pre),
                expected: "smollm, llama-bpe, qwen2, gpt-2 or a name with the same pattern",
                advice: "use a model with one of these pre-tokenizers")
        }
        try Self.checkCounts(file)

        var builder = BytePairModelBuilder(source: Self.field("tokens"), tokenCount: file.tokens.count)
        for (index, token) in file.tokens.enumerated() {
            try builder.addToken(Array(token.utf8), id: Int32(index))
        }
        var halves: [(left: ArraySlice<UInt8>, right: ArraySlice<UInt8>)] = []
        halves.reserveCapacity(file.merges.count)
        for (index, merge) in file.merges.enumerated() {
            halves.append(
                try BytePairModelBuilder.halves(
                    Array(merge.utf8)[...], field: "\(Self.field("merges"))[\(index)]"))
        }
        let merges = try builder.mergeTable(halves, field: Self.field("merges"))

        var vocabulary = builder.vocabulary
        let added = Self.addedTokens(file, &vocabulary)
        var options = BytePairModel.Options()
        options.ignoreMerges = settings.ignoreMerges
        self.init(
            model: BytePairModel(vocabulary: vocabulary, merges: merges, options: options),
            preTokenizer: PreTokenizer(stages: (file.addSpacePrefix ? [.prefixSpace] : []) + settings.stages))
        normalizes = settings.normalizes
        addedTokens = AddedTokenMatcher(added)
        bosID = try Self.check(file.bosID, "bos_token_id", file)
        eosID = try Self.check(file.eosID, "eos_token_id", file)
        if file.addBOS { prefix = [try Self.needed(bosID, "bos_token_id", "add_bos_token")] }
        if file.addEOS { suffix = [try Self.needed(eosID, "eos_token_id", "add_eos_token")] }
    }

    // MARK: - Internals

    private static func addedTokens(_ file: GGUFVocabulary, _ vocabulary: inout Vocabulary) -> [AddedToken] {
        var added: [AddedToken] = []
        for (index, type) in file.types.enumerated() {
            let isSpecial = type == TokenType.control || type == TokenType.unknown
            guard isSpecial || type == TokenType.userDefined else { continue }
            let id = Int32(index)
            if isSpecial { vocabulary.markSpecial(id) }
            let pattern = Array(file.tokens[index].utf8)
            if !pattern.isEmpty { added.append(AddedToken(id: id, pattern: pattern, isSpecial: isSpecial)) }
        }
        return added
    }

    private static func checkCounts(_ file: GGUFVocabulary) throws(TokenizerError) {
        guard !file.tokens.isEmpty, file.tokens.count <= Int(Vocabulary.idLimit.upperBound) + 1 else {
            throw error(
                .outOfRange, "tokens", found: "\(file.tokens.count) tokens",
                expected: "1 to \(Vocabulary.idLimit.upperBound + 1)",
                advice: TokenizerError.damagedFileAdvice)
        }
        guard file.types.isEmpty || file.types.count == file.tokens.count else {
            throw error(
                .inconsistent, "token_type", found: "\(file.types.count) types",
                expected: "\(file.tokens.count), one per token", advice: TokenizerError.damagedFileAdvice)
        }
    }

    private static func check(
        _ id: Int32?, _ name: String, _ file: GGUFVocabulary
    ) throws(TokenizerError) -> Int32? {
        guard let id else { return nil }
        guard id >= 0, id < file.tokens.count else {
            throw error(
                .outOfRange, name, found: "\(id)", expected: "an id below \(file.tokens.count)",
                advice: TokenizerError.damagedFileAdvice)
        }
        return id
    }

    private static func needed(_ id: Int32?, _ name: String, _ flag: String) throws(TokenizerError) -> Int32 {
        guard let id else {
            throw error(
                .missingField, name, found: "nothing", expected: "an id, because \(flag) is true",
                advice: TokenizerError.damagedFileAdvice)
        }
        return id
    }

    private static func field(_ name: String) -> String {
        "GGUF metadata: tokenizer.ggml.\(name)"
    }

    private static func error(
        _ code: TokenizerError.Code, _ name: String, found: String, expected: String, advice: String
    ) -> TokenizerError {
        TokenizerError(code, field: field(name), found: found, expected: expected, advice: advice)
    }
}
