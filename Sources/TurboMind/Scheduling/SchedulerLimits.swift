/// Limits that the scheduler keeps.
package struct SchedulerLimits: Sendable, Equatable {
    /// Slots: sequences that run at once.
    package var maxBatchSize: Int
    /// Most tokens of a sequence.
    package var sessionLength: Int
    /// Most prompt tokens of a step.
    package var prefillTokensPerStep: Int
    /// Most requests that wait for a slot.
    package var maxWaiting: Int
    /// Most sessions that are remembered.
    package var maxSessions: Int
    /// Tokens in a block of the KV cache.
    package var tokensPerBlock: Int
    /// Whether full blocks are shared between sequences that begin alike.
    package var cachesPrefixes: Bool
    /// Most rows of a step whose logits are wanted, besides one for each running reply.
    package var extraLogitRows: Int

    package init(
        maxBatchSize: Int, sessionLength: Int, prefillTokensPerStep: Int, maxWaiting: Int,
        maxSessions: Int = 4096, tokensPerBlock: Int = 64, cachesPrefixes: Bool = true,
        extraLogitRows: Int = 32
    ) {
        self.maxBatchSize = maxBatchSize
        self.sessionLength = sessionLength
        self.prefillTokensPerStep = prefillTokensPerStep
        self.maxWaiting = maxWaiting
        self.maxSessions = maxSessions
        self.tokensPerBlock = tokensPerBlock
        self.cachesPrefixes = cachesPrefixes
        self.extraLogitRows = extraLogitRows
    }

    /// Most rows of a step.
    package var maxRows: Int { prefillTokensPerStep + maxBatchSize + extraLogitRows }
    /// Most rows of a step whose logits are wanted.
    package var maxLogitRows: Int { maxBatchSize + extraLogitRows }
}
