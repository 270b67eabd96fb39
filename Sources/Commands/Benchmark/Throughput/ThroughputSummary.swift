internal import TurboMind

/// What the engine did for a measurement.
package struct EngineWork: Sendable, Equatable, Encodable {
    package var steps: Int
    package var preemptions: Int
    /// Prompt tokens that were asked for, those computed again after a preemption included.
    package var promptTokens: Int
    /// Those of them that the prefix cache had.
    package var cachedTokens: Int
    /// KV cache blocks that requests hold after the last one.
    package var blocksInUse: Int

    package init(steps: Int, preemptions: Int, promptTokens: Int, cachedTokens: Int, blocksInUse: Int) {
        self.steps = steps
        self.preemptions = preemptions
        self.promptTokens = promptTokens
        self.cachedTokens = cachedTokens
        self.blocksInUse = blocksInUse
    }

    init(from start: EngineStatistics, to end: EngineStatistics) {
        self.init(
            steps: end.totals.steps - start.totals.steps,
            preemptions: end.totals.preemptions - start.totals.preemptions,
            promptTokens: end.totals.promptTokens - start.totals.promptTokens,
            cachedTokens: end.totals.cachedTokens - start.totals.cachedTokens,
            blocksInUse: end.activeBlocks)
    }
}

/// What a throughput measurement comes to.
package struct ThroughputSummary: Sendable, Equatable, Encodable {
    /// Requests that were open at a time.
    package var concurrency: Int
    package var requests: Int
    package var completed: Int
    /// From the first request's start to the last one's end.
    package var durationSeconds: Double
    package var totalInputTokens: Int
    package var totalOutputTokens: Int
    package var inputTokensPerSecond: Double
    package var outputTokensPerSecond: Double
    package var requestsPerSecond: Double
    /// Of the requests that were not cancelled.
    package var endToEndSeconds: LatencySummary?
    package var firstTokenSeconds: LatencySummary?
    package var perOutputTokenSeconds: LatencySummary?
    package var betweenTokensSeconds: LatencySummary?
    package var fairness: FairnessSummary?
    package var engine: EngineWork

    /// - Parameter isStreamed: whether tokens were seen one by one; otherwise nothing is known about each.
    package init(concurrency: Int, records: [RequestRecord], isStreamed: Bool, engine: EngineWork) {
        let completed = records.filter { !$0.isCancelled }
        let start = records.map(\.start).min() ?? 0
        let duration = (records.map(\.end).max() ?? 0) - start
        let input = records.reduce(0) { $0 + $1.inputTokens }
        let output = records.reduce(0) { $0 + $1.outputTokens }
        self.concurrency = concurrency
        self.engine = engine
        requests = records.count
        self.completed = completed.count
        durationSeconds = duration
        totalInputTokens = input
        totalOutputTokens = output
        inputTokensPerSecond = Double(input) / duration
        outputTokensPerSecond = Double(output) / duration
        requestsPerSecond = Double(completed.count) / duration
        endToEndSeconds = LatencySummary(completed.map(\.endToEndSeconds))
        perOutputTokenSeconds = LatencySummary(completed.compactMap(\.secondsPerOutputToken))
        guard isStreamed else { return }
        let gaps = records.map(\.timeline.tokenLatencies)
        firstTokenSeconds = LatencySummary(records.compactMap(\.firstTokenSeconds))
        betweenTokensSeconds = LatencySummary(Array(gaps.joined()))
        fairness = FairnessSummary(gaps: gaps)
    }
}
