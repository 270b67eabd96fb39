extension GGUFVocabulary {
    enum TokenType {
        static let unknown: Int32 = 2
        static let control: Int32 = 3
        static let userDefined: Int32 = 4
        static let unused: Int32 = 5
        static let byte: Int32 = 6
    }

    func type(of index: Int) -> Int32 {
        types.isEmpty ? 1 : types[index]
    }

    func checkCounts() throws(TokenizerError) {
        guard !tokens.isEmpty, tokens.count <= Int(Vocabulary.idLimit.upperBound) + 1 else {
            throw Self.error(
                .outOfRange, "tokens", found: "\(tokens.count) tokens",
                expected: "1 to \(Vocabulary.idLimit.upperBound + 1)",
                advice: TokenizerError.damagedFileAdvice)
        }
        guard types.isEmpty || types.count == tokens.count else {
            throw Self.error(
                .inconsistent, "token_type", found: "\(types.count) types",
                expected: "\(tokens.count), one per token", advice: TokenizerError.damagedFileAdvice)
        }
        guard scores.isEmpty || scores.count == tokens.count else {
            throw Self.error(
                .inconsistent, "scores", found: "\(scores.count) scores",
                expected: "\(tokens.count), one per token", advice: TokenizerError.damagedFileAdvice)
        }
    }

    /// The id, when it is one of the vocabulary; the default is taken where the vocabulary has it.
    func checked(
        _ id: Int32?, _ name: String, default fallback: Int32? = nil
    ) throws(TokenizerError) -> Int32? {
        guard let id else { return fallback.flatMap { Int($0) < tokens.count ? $0 : nil } }
        guard id >= 0, id < tokens.count else {
            throw Self.error(
                .outOfRange, name, found: "\(id)", expected: "an id below \(tokens.count)",
                advice: TokenizerError.damagedFileAdvice)
        }
        return id
    }

    static func needed(_ id: Int32?, _ name: String, _ flag: String) throws(TokenizerError) -> Int32 {
        guard let id else {
            throw error(
                .missingField, name, found: "nothing", expected: "an id, because \(flag) is true",
                advice: TokenizerError.damagedFileAdvice)
        }
        return id
    }

    static func field(_ name: String) -> String {
        "GGUF metadata: tokenizer.ggml.\(name)"
    }

    static func error(
        _ code: TokenizerError.Code, _ name: String, found: String, expected: String, advice: String
    ) -> TokenizerError {
        TokenizerError(code, field: field(name), found: found, expected: expected, advice: advice)
    }
}

extension GGUFVocabulary {
    /// The names of `tokenizer.ggml.pre` that are known, sorted.
    package static var preTokenizerNames: [String] { GGUFPreTokenizer.names }
}
