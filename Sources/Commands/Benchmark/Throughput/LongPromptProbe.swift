internal import LMDeploy
internal import TurboMind

/// Lets replies stream, sends a long prompt beside them, and watches the replies until its first token.
struct LongPromptProbe: Sendable {
    let pipeline: Pipeline
    let synthetic: SyntheticPrompts
    let sampling: SamplingParameters

    /// Tokens of the replies' own prompts.
    private static let replyPromptTokens = 32
    /// Tokens that every reply has before the prompt is sent: enough for a median.
    private static let tokensBefore = 48

    private enum Part: Sendable {
        case reply(ReplyTimeline)
        case longPrompt(sent: Double, answered: Double)
    }

    func run(promptTokens: Int, replies: Int, seed: UInt64) async throws -> LongPromptSummary {
        let counts = ReplyCounts(replies: replies)
        let clock = ContinuousClock()
        let start = clock.now
        let elapsed = { @Sendable in (clock.now - start).inSeconds }
        let prompts = (0...replies).map { index in
            synthetic.tokens(
                count: index == replies ? promptTokens : Self.replyPromptTokens,
                seed: seed &* 1_000_003 &+ UInt64(index))
        }
        return try await withThrowingTaskGroup(of: Part.self) { group in
            for index in 0..<replies {
                group.addTask { .reply(try await reply(prompts[index], index, counts, elapsed)) }
            }
            group.addTask { try await longPrompt(prompts[replies], counts, elapsed) }
            var timelines: [ReplyTimeline] = []
            var times = (sent: 0.0, answered: 0.0)
            for try await part in group {
                switch part {
                case .reply(let timeline): timelines.append(timeline)
                case .longPrompt(let sent, let answered): times = (sent, answered)
                }
            }
            let summary = LongPromptSummary(
                promptTokens: promptTokens, timelines: timelines,
                streaming: timelines.compactMap(\.firstTokenSeconds).max() ?? 0, sent: times.sent,
                answered: times.answered)
            guard let summary else {
                throw ToolError.measurement("the replies ended before the long prompt: raise --session-len")
            }
            return summary
        }
    }

    private func reply(
        _ prompt: [Int32], _ index: Int, _ counts: ReplyCounts, _ elapsed: @Sendable () -> Double
    ) async throws -> ReplyTimeline {
        let events = try pipeline.engine.submit(
            GenerationRequest(
                prompt: prompt, maxNewTokens: pipeline.plan.sessionLength, sampling: sampling))
        defer { counts.end(index) }
        var timeline = ReplyTimeline()
        var count = 0
        for await event in events {
            if case .finished(.failed(let message), _) = event { throw ToolError.measurement(message) }
            guard case .token = event else { continue }
            count += 1
            timeline.note(tokens: count, at: elapsed())
            if counts.note(index) { break }
        }
        return timeline
    }

    private func longPrompt(
        _ prompt: [Int32], _ counts: ReplyCounts, _ elapsed: @Sendable () -> Double
    ) async throws -> Part {
        while counts.fewestTokens < Self.tokensBefore {
            try await Task.sleep(for: .milliseconds(5))
        }
        defer { counts.stop() }
        let sent = elapsed()
        let events = try pipeline.engine.submit(
            GenerationRequest(prompt: prompt, maxNewTokens: 1, sampling: sampling))
        for await event in events {
            if case .finished(.failed(let message), _) = event { throw ToolError.measurement(message) }
            if case .token = event { return .longPrompt(sent: sent, answered: elapsed()) }
        }
        throw ToolError.measurement("the long prompt was not answered")
    }
}
