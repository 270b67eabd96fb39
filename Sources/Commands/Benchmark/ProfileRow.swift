/// What was measured for one number of simultaneous replies and one pair of lengths.
package struct ProfileRow: Sendable, Equatable, Encodable {
    package var batch: Int
    package var promptTokens: Int
    package var completionTokens: Int
    package var outputTokensPerSecond: Double
    /// Prompt tokens over the time until every prompt's first token.
    package var prefillTokensPerSecond: Double
    /// Tokens after that over the time they took; `nil` for replies of one token.
    package var decodeTokensPerSecond: Double?
    package var firstTokenLatencyMeanSeconds: Double
    package var firstTokenLatencyMinSeconds: Double
    package var firstTokenLatencyMaxSeconds: Double
    /// Percentiles of the time between two tokens.
    package var tokenLatencyP50Seconds: Double?
    package var tokenLatencyP75Seconds: Double?
    package var tokenLatencyP95Seconds: Double?
    package var tokenLatencyP99Seconds: Double?
    /// Resident set of the process, 10^9 bytes.
    package var memoryGigabytes: Double
    /// Weights and KV cache read per second while decoding; only for one reply at a time.
    package var decodeGigabytesPerSecond: Double?
    /// The same as a share of the memory-read ceiling.
    package var decodeShareOfCeiling: Double?
    /// Operations of the linear layers per second while computing prompts; only for one reply at a time.
    package var prefillGops: Double?
    /// The same as a share of the dot-product ceiling of the weight format.
    package var prefillShareOfCeiling: Double?
    package var ceilings: CeilingReport

    /// - Parameters:
    ///   - rounds: at least one.
    ///   - memoryBytes: resident set of the process.
    ///   - ceilings: measured around the rounds.
    package init(
        batch: Int, promptTokens: Int, completionTokens: Int, rounds: [RoundTimeline], work: TokenWork,
        memoryBytes: Int, ceilings: CeilingReport
    ) {
        let replies = rounds.flatMap(\.replies)
        let firstTokens = replies.compactMap(\.firstTokenSeconds)
        let latencies = replies.flatMap(\.tokenLatencies)
        let prefillSeconds = rounds.reduce(0) { $0 + $1.prefillSeconds }
        let totalSeconds = rounds.reduce(0) { $0 + $1.totalSeconds }
        let decoded = rounds.reduce(0) { $0 + $1.decodedTokenCount }
        self.batch = batch
        self.promptTokens = promptTokens
        self.completionTokens = completionTokens
        self.ceilings = ceilings
        memoryGigabytes = Double(memoryBytes) / 1e9
        outputTokensPerSecond = Double(rounds.reduce(0) { $0 + $1.tokenCount }) / totalSeconds
        let prefillRate = Double(batch * promptTokens * rounds.count) / prefillSeconds
        prefillTokensPerSecond = prefillRate
        let decodeRate = decoded > 0 ? Double(decoded) / (totalSeconds - prefillSeconds) : nil
        decodeTokensPerSecond = decodeRate
        firstTokenLatencyMeanSeconds = firstTokens.mean
        firstTokenLatencyMinSeconds = firstTokens.min() ?? .nan
        firstTokenLatencyMaxSeconds = firstTokens.max() ?? .nan
        if !latencies.isEmpty {
            tokenLatencyP50Seconds = latencies.percentile(0.5)
            tokenLatencyP75Seconds = latencies.percentile(0.75)
            tokenLatencyP95Seconds = latencies.percentile(0.95)
            tokenLatencyP99Seconds = latencies.percentile(0.99)
        }
        guard batch == 1 else { return }
        let gops = 2 * Double(work.multiplyAccumulates) * prefillRate / 1e9
        prefillGops = gops
        prefillShareOfCeiling =
            gops / ceilings.computeCeiling(weightFormat: work.weightFormat).allThreads
        if let decodeRate {
            let meanContext = Double(promptTokens) + Double(completionTokens) / 2
            let bytesPerToken = Double(work.weightBytes) + Double(work.kvBytesPerContextToken) * meanContext
            let gigabytes = bytesPerToken * decodeRate / 1e9
            decodeGigabytesPerSecond = gigabytes
            decodeShareOfCeiling = gigabytes / ceilings.memoryReadGigabytesPerSecond.allThreads
        }
    }
}
