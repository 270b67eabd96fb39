/// How well a model foresees a text.
package struct PerplexityResult: Sendable, Equatable, Encodable {
    /// Mean negative logarithm of a token's probability, in nats: each window's mean, weighted by one less than the
    /// window's labels, as in Hugging Face's recipe.
    package let meanNegativeLogLikelihood: Double
    /// Sum of the windows' weights: the recipe's `n_tokens`.
    package let countedTokens: Int
    /// Tokens that were foreseen, each once.
    package let tokens: Int
    /// Bytes of text that these tokens stand for.
    package let bytes: Int
    /// `exp` of the mean.
    package let perplexity: Double
    /// Sum over all foreseen tokens, in bits, for each byte of theirs; nil where they stand for none.
    package let bitsPerByte: Double?
    /// Of the mean, as if tokens were independent; nil for one token.
    package let standardErrorOfMean: Double?
    /// Of the perplexity: it moves by itself times what the mean moves by.
    package let standardError: Double?

    init(
        meanNegativeLogLikelihood: Double, countedTokens: Int, tokens: Int, bytes: Int,
        sumOfNegativeLogLikelihoods: Double, standardErrorOfMean: Double?
    ) {
        self.meanNegativeLogLikelihood = meanNegativeLogLikelihood
        self.countedTokens = countedTokens
        self.tokens = tokens
        self.bytes = bytes
        self.standardErrorOfMean = standardErrorOfMean
        let perplexity = exponential(meanNegativeLogLikelihood)
        self.perplexity = perplexity
        bitsPerByte = bytes > 0 ? sumOfNegativeLogLikelihoods / logarithm(2) / Double(bytes) : nil
        standardError = standardErrorOfMean.map { $0 * perplexity }
    }
}
