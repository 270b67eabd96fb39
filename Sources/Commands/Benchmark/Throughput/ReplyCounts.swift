internal import Synchronization

/// How far several replies have come, and whether they should stop.
final class ReplyCounts: Sendable {
    private struct State {
        var tokens: [Int]
        var isOver = false
    }

    private let state: Mutex<State>

    init(replies: Int) {
        state = Mutex(State(tokens: Array(repeating: 0, count: replies)))
    }

    /// Tokens of the reply that has the fewest.
    var fewestTokens: Int { state.withLock { $0.tokens.min() ?? 0 } }

    /// Notes a token of a reply.
    /// - Returns: whether the reply should stop.
    func note(_ reply: Int) -> Bool {
        state.withLock { state in
            state.tokens[reply] += 1
            return state.isOver
        }
    }

    /// A reply has ended: nobody waits for it any more.
    func end(_ reply: Int) { state.withLock { $0.tokens[reply] = .max } }

    func stop() { state.withLock { $0.isOver = true } }
}
