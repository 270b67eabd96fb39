/// One request's progress: tokens computed so far catch up with tokens known. Prompt chunks, decoding, recomputing
/// after a preemption and drafts are the same thing.
struct Sequence: Sendable {
    let id: RequestID
    let request: GenerationRequest
    /// Most tokens the sequence may reach.
    let tokenLimit: Int
    /// Tokens of the session before the request's own.
    let historyCount: Int
    /// Tokens before the reply.
    let promptCount: Int
    /// Prompt and reply.
    private(set) var tokens: [Int32]
    /// How many of `tokens` have keys and values in the cache.
    var computed = 0
    /// The blocks that hold them, and those that the next step writes.
    var blocks: [Int32] = []
    /// Blocks at the front that are full and are not written any more.
    var sealedCount = 0
    /// While the sequence waits: what it had computed before.
    var kept: KeptBlocks
    /// Log-probabilities of the prompt's tokens from the second on, as far as they are computed.
    private(set) var promptScores: [Float] = []
    /// Whether rows of the prompt that are asked for have yet to be computed. Every row is, then: none is taken from
    /// the cache.
    private(set) var needsEveryRow: Bool
    /// Rows in front of this position have been told, or are not asked for.
    private var toldRows: Int
    var statistics = RequestStatistics()
    private var lookup: PromptLookup?

    /// - Parameter history: tokens of the session before the request's own.
    init(
        id: RequestID, request: GenerationRequest, history: [Int32] = [], kept: KeptBlocks = .init(),
        tokenLimit: Int
    ) {
        self.id = id
        self.request = request
        self.tokenLimit = tokenLimit
        self.kept = kept
        historyCount = history.count
        tokens = history
        tokens.reserveCapacity(tokenLimit)
        tokens += request.prompt
        promptCount = tokens.count
        statistics.promptTokens = promptCount
        needsEveryRow = request.needsPromptRows
        toldRows = request.outputs.includesPrompt ? 0 : promptCount - 1
        lookup = request.maxDraftTokens > 0 ? PromptLookup() : nil
    }

    var pending: Int { tokens.count - computed }

    /// Whether nothing but the last token is left to compute.
    var isDecoding: Bool { pending == 1 && tokens.count > promptCount }

    /// What a chosen token means for the sequence.
    enum Acceptance {
        case open, full, stopped
    }

    /// Takes the chosen token. One that ends the reply stays in the tokens only if a session goes on after it.
    mutating func accept(_ token: Int32) -> Acceptance {
        if request.stopTokens.contains(token) {
            if request.session != nil && tokens.count < tokenLimit { tokens.append(token) }
            return .stopped
        }
        tokens.append(token)
        statistics.generatedTokens += 1
        return tokens.count >= tokenLimit ? .full : .open
    }

    /// Takes the scores of the rows that were computed last.
    /// - Returns: the scores of the whole prompt, once, when they were asked for.
    mutating func take(scores: ArraySlice<Float>) -> [Float]? {
        promptScores += scores.prefix(max(promptCount - 1 - promptScores.count, 0))
        guard computed >= promptCount else { return nil }
        needsEveryRow = false
        return request.scoresPrompt ? promptScores : nil
    }

    /// Whether a row is told for the first time: after a preemption some are computed again.
    mutating func tells(position: Int) -> Bool {
        guard position >= toldRows else { return false }
        toldRows = position + 1
        return true
    }

    /// Starts over: nothing is computed.
    mutating func restart() {
        blocks = []
        computed = 0
        sealedCount = 0
        if needsEveryRow { promptScores = [] }
    }

    /// Guesses at the tokens after the last one.
    mutating func drafts(atMost limit: Int) -> ArraySlice<Int32> {
        guard limit > 0, lookup != nil else { return [] }
        // Moved out and back: changing it in place beside a reading of `tokens` would copy neither.
        return lookup?.drafts(for: tokens, atMost: limit) ?? []
    }

    /// Takes note of how many guesses of a step were right. Those behind the end of the reply are not accepted.
    mutating func noteDrafts(_ count: Int, right: Int) {
        statistics.draftTokens += count
        lookup?.note(drafts: count, accepted: right)
    }

    /// The row of a draft that was right counts as computed.
    mutating func acceptDraft() {
        computed += 1
        statistics.acceptedDraftTokens += 1
    }
}
