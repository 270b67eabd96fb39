/// One request of a throughput measurement.
package struct ThroughputRequest: Sendable, Equatable {
    package enum Prompt: Sendable, Equatable {
        /// Tokenized when the request's turn comes.
        case text(String)
        case tokens([Int32])
    }

    package var prompt: Prompt
    /// Tokens of the reply, end-of-sequence tokens included.
    package var completionTokens: Int
    /// The reply is dropped once it has more tokens than this; `nil` reads it to its end.
    package var cancelAfterTokens: Int?

    package init(prompt: Prompt, completionTokens: Int, cancelAfterTokens: Int? = nil) {
        self.prompt = prompt
        self.completionTokens = completionTokens
        self.cancelAfterTokens = cancelAfterTokens
    }
}

extension [ThroughputRequest] {
    /// Lets a `share` (0...1) of the requests, drawn by `seed`, be dropped at a random token.
    package func cancelling(share: Double, seed: UInt64) -> [ThroughputRequest] {
        // A stream of its own: the lengths do not depend on the share.
        var generator = SplitMix(seed: ~seed)
        return map { request in
            var request = request
            let isCancelled = Double.random(in: 0..<1, using: &generator) < share
            let token = Int.random(in: 0..<Swift.max(request.completionTokens, 1), using: &generator)
            if isCancelled { request.cancelAfterTokens = token }
            return request
        }
    }
}
