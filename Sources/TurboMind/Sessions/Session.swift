/// What is remembered of a conversation between two requests: its tokens, and where their keys and values were.
struct Session: Sendable {
    var tokens: [Int32] = []
    var kept = KeptBlocks()
    /// The request that is replying.
    var active: RequestID?
}

/// Claim checks for the blocks of a sequence that does not run.
struct KeptBlocks: Sendable {
    var references: [BlockReference] = []
    /// How many tokens have their keys and values in those blocks.
    var tokens = 0
}
