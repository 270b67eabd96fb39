/// A token and the logarithm of its probability.
package struct TokenLogprob: Sendable, Equatable {
    package var token: Int32
    package var logprob: Float

    package init(token: Int32, logprob: Float) {
        self.token = token
        self.logprob = logprob
    }
}

/// What is reported about a position. See ``SamplingParameters/logprobs``.
package struct TokenLogprobs: Sendable, Equatable {
    package var chosen: TokenLogprob
    /// The most likely tokens, the lower index first among equals. Fewer than asked for when the vocabulary is
    /// smaller; logits that are no numbers are left out.
    package var mostLikely: [TokenLogprob]

    package init(chosen: TokenLogprob, mostLikely: [TokenLogprob]) {
        self.chosen = chosen
        self.mostLikely = mostLikely
    }
}

/// What one item of a call of the sampler got.
package struct SampledTokens: Sendable, Equatable {
    /// The tokens chosen: drafts that were right, then one that no draft foretold.
    package var tokens: [Int32] = []
    /// One for each token, or none at all.
    package var logprobs: [TokenLogprobs] = []
    /// Whether the position behind `tokens` had no largest logit that is a finite number.
    package var hasInvalidLogits = false

    package init() {}

    mutating func removeAll() {
        tokens.removeAll(keepingCapacity: true)
        logprobs.removeAll(keepingCapacity: true)
        hasInvalidLogits = false
    }
}
