package import TurboMind

/// Everything an engine has told about a request.
package struct Reply: Sendable {
    package var content = ReplyContent()
    package var statistics = RequestStatistics()
    /// How many events ended it; anything but 1 is wrong.
    package var endings = 0

    package var tokens: [Int32] { content.tokens }
    package var reason: EngineFinishReason? { content.reason }
}

/// What of a reply has to be the same whenever the same is asked.
package struct ReplyContent: Sendable, Equatable {
    package var tokens: [Int32] = []
    /// What was reported with each token.
    package var logprobs: [TokenLogprobs?] = []
    /// Log-probabilities of the prompt.
    package var scores: [Float]?
    package var reason: EngineFinishReason?
    /// The logits that chose the tokens, the one that ended the reply included.
    package var logits: [Logits] = []

    /// The bits of a row of logits.
    package struct Logits: Sendable, Equatable {
        /// Absolute position of the token that they chose.
        package var position: Int
        package var fingerprint: UInt64

        package init(position: Int, fingerprint: UInt64) {
            self.position = position
            self.fingerprint = fingerprint
        }
    }

    package init() {}

    /// Where this reply is not the expected one; `nil` when every bit is the same.
    package func difference(from expected: ReplyContent) -> String? {
        for (found, wanted) in zip(logits, expected.logits) where found != wanted {
            let place = found.position == wanted.position ? "" : ", expected at \(wanted.position)"
            return "the logits at \(found.position)\(place) are others"
        }
        if let place = zip(tokens, expected.tokens).enumerated().first(where: { $1.0 != $1.1 }) {
            return "token \(place.offset) is \(place.element.0), expected \(place.element.1)"
        }
        if logits.count != expected.logits.count || tokens.count != expected.tokens.count {
            return "\(tokens.count) tokens of \(logits.count) rows of logits, expected "
                + "\(expected.tokens.count) of \(expected.logits.count)"
        }
        if logprobs != expected.logprobs { return "the tokens' log-probabilities are others" }
        if scores?.map(\.bitPattern) != expected.scores?.map(\.bitPattern) {
            return "the prompt's scores are others"
        }
        return reason == expected.reason
            ? nil
            : "it ends with \(String(describing: reason)), expected \(String(describing: expected.reason))"
    }
}
