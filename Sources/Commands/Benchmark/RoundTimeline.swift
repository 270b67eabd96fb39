/// When the tokens of one reply arrived, in seconds after its round began.
package struct ReplyTimeline: Sendable, Equatable {
    /// One time per token, ascending.
    package private(set) var tokenTimes: [Double] = []

    package init() {}

    /// Notes that the reply has `tokens` tokens at `time`.
    ///
    /// Tokens that arrive together share the time since the last.
    package mutating func note(tokens: Int, at time: Double) {
        let new = tokens - tokenTimes.count
        guard new > 0 else { return }
        // The first piece's tokens are not spread: their wait is the prompt's.
        let start = tokenTimes.last ?? time
        for index in 1...new {
            tokenTimes.append(start + (time - start) * Double(index) / Double(new))
        }
    }

    package var firstTokenSeconds: Double? { tokenTimes.first }

    /// Time between consecutive tokens.
    package var tokenLatencies: [Double] {
        zip(tokenTimes.dropFirst(), tokenTimes).map { $0 - $1 }
    }
}

/// Replies that were asked for at the same moment.
package struct RoundTimeline: Sendable, Equatable {
    package let replies: [ReplyTimeline]

    package init(replies: [ReplyTimeline]) {
        self.replies = replies
    }

    /// When every prompt was computed: the last of the first tokens.
    package var prefillSeconds: Double { replies.compactMap(\.firstTokenSeconds).max() ?? 0 }

    package var totalSeconds: Double { replies.compactMap(\.tokenTimes.last).max() ?? 0 }

    package var tokenCount: Int { replies.reduce(0) { $0 + $1.tokenTimes.count } }

    /// Tokens that arrived while no prompt was being computed any more.
    package var decodedTokenCount: Int {
        let start = prefillSeconds
        return replies.reduce(0) { $0 + $1.tokenTimes.filter { $0 > start }.count }
    }
}
