/// Guesses the next tokens of a sequence: what followed the last time when its last tokens were the same.
///
/// Prompt lookup decoding (Saxena 2023) without a second model. Replies that quote their prompt, and code, repeat
/// themselves often. Guesses that are wrong cost rows in a step, so fewer are made after a miss.
package struct PromptLookup: Sendable {
    /// Where a run of tokens was last seen: the position behind it.
    private var lastSeen: [Run: Int32] = [:]
    /// Tokens whose runs are in `lastSeen`.
    private var indexed = 0
    private var allowance = PromptLookup.firstAllowance

    /// Runs shorter than this are everywhere and predict nothing.
    private static let runLength = 3
    private static let firstAllowance = 4

    private struct Run: Hashable {
        var first: Int32
        var second: Int32
        var third: Int32
    }

    package init() {}

    /// At most `limit` guesses at what follows `tokens`, which only ever grow.
    package mutating func drafts(for tokens: [Int32], atMost limit: Int) -> ArraySlice<Int32> {
        guard tokens.count > Self.runLength else { return [] }
        // The run at the very end is what is looked up: it is entered when more has followed.
        for end in max(indexed + 1, Self.runLength)..<max(tokens.count, indexed + 1, Self.runLength) {
            lastSeen[run(tokens, before: end)] = Int32(end)
        }
        indexed = tokens.count - 1
        guard let start = lastSeen[run(tokens, before: tokens.count)] else { return [] }
        let count = min(limit, allowance, tokens.count - Int(start))
        return tokens[Int(start)..<Int(start) + max(count, 0)]
    }

    /// Adapts how many guesses are made to how many were right.
    package mutating func note(drafts: Int, accepted: Int) {
        guard drafts > 0 else { return }
        allowance = accepted == drafts ? allowance * 2 : max(accepted, 1)
        allowance = min(allowance, 64)
    }

    private func run(_ tokens: [Int32], before end: Int) -> Run {
        Run(first: tokens[end - 3], second: tokens[end - 2], third: tokens[end - 1])
    }
}
