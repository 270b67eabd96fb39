internal import LMDeploy

/// Runs the engine on synthetic prompts and notes when tokens arrive.
struct GenerationProfiler {
    let pipeline: Pipeline
    let config: GenerationConfig
    let batch: Int
    let promptTokens: Int
    let completionTokens: Int
    let synthetic: SyntheticPrompts

    /// Asks for `batch` replies at the same moment and waits for all of them.
    func round(seed: UInt64) async throws -> RoundTimeline {
        let prompts = (0..<batch).map { index in
            synthetic.tokens(count: promptTokens, seed: seed &* 1_000_003 &+ UInt64(index))
        }
        let clock = ContinuousClock()
        let start = clock.now
        return try await withThrowingTaskGroup(of: ReplyTimeline.self) { group in
            for prompt in prompts {
                group.addTask { try await reply(to: prompt) { (clock.now - start).inSeconds } }
            }
            var replies: [ReplyTimeline] = []
            for try await reply in group { replies.append(reply) }
            return RoundTimeline(replies: replies)
        }
    }

    private func reply(to prompt: [Int32], elapsed: @Sendable () -> Double) async throws -> ReplyTimeline {
        var config = config
        config.maxNewTokens = completionTokens
        config.ignoreEOS = true
        var timeline = ReplyTimeline()
        for try await piece in try pipeline.stream(.tokens(prompt), config) {
            timeline.note(tokens: piece.generateTokenLength, at: elapsed())
        }
        return timeline
    }
}
