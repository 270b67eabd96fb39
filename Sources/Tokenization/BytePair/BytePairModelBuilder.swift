/// Collects the tokens of a file.
struct BytePairModelBuilder {
    private(set) var vocabulary: Vocabulary
    private let source: String
    private let largestID: Int32

    /// - Parameter source: For messages: where the tokens come from, `tokenizer.json: model.vocab`.
    init(source: String, tokenCount: Int, usesByteAlphabet: Bool = true) {
        self.source = source
        largestID = Vocabulary.largestID(ofTokens: tokenCount)
        vocabulary = Vocabulary(usesByteAlphabet: usesByteAlphabet)
        vocabulary.reserveCapacity(tokenCount)
    }

    mutating func addToken(_ text: [UInt8], id: Int32) throws(TokenizerError) {
        guard id <= largestID else {
            throw TokenizerError(
                .outOfRange, field: source, found: "the id \(id)",
                expected: "ids up to \(largestID) for so few tokens",
                advice: TokenizerError.damagedFileAdvice)
        }
        guard !vocabulary.contains(id) else {
            throw TokenizerError(
                .inconsistent, field: source, found: "two tokens with id \(id)", expected: "one token per id",
                advice: TokenizerError.damagedFileAdvice)
        }
        vocabulary.insertModelToken(text, id: id)
    }
}
