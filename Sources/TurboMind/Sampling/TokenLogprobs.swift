/// How likely a chosen token was, and which tokens were the most likely.
package struct TokenLogprobs: Sendable, Equatable {
    package struct Candidate: Sendable, Equatable {
        package var token: Int32
        package var logprob: Float

        package init(token: Int32, logprob: Float) {
            self.token = token
            self.logprob = logprob
        }
    }

    /// Natural logarithm of the chosen token's probability.
    package var chosen: Float
    /// The most likely tokens, most likely first.
    package var top: [Candidate]

    package init(chosen: Float, top: [Candidate]) {
        self.chosen = chosen
        self.top = top
    }
}
