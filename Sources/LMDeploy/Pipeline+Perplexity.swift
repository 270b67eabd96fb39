internal import TurboMind

/// How well a model foresees a text.
public struct Perplexity: Sendable, Equatable {
    /// Mean negative logarithm of the probability of each token but the first, given those before it: the mean
    /// cross-entropy.
    public var meanNegativeLogLikelihood: Double
    /// Tokens that were foreseen: one less than the text has.
    public var tokenCount: Int

    /// `exp` of the mean.
    public var value: Double { exponential(meanNegativeLogLikelihood) }
}

extension Pipeline {
    /// How well the model foresees each text. Give ``Prompt/raw(_:)`` or ``Prompt/tokens(_:)``: the chat template is
    /// applied to others. A text has at least two tokens and at most as many as a session.
    public func perplexity(_ prompts: [Prompt]) async throws(PipelineError) -> [Perplexity] {
        var streams: [Engine.Events] = []
        for prompt in prompts {
            let tokens = try tokens(of: prompt)
            guard tokens.count >= 2 else {
                throw .invalidParameter(
                    field: "text", found: "\(tokens.count) tokens",
                    expected: "at least 2: the first foresees the second")
            }
            do {
                streams.append(
                    try engine.submit(
                        GenerationRequest(prompt: tokens, maxNewTokens: 0, scoresPrompt: true)))
            } catch {
                throw PipelineError(error)
            }
        }
        var results: [Perplexity] = []
        for stream in streams { results.append(try await perplexity(stream)) }
        return results
    }

    private func perplexity(_ events: Engine.Events) async throws(PipelineError) -> Perplexity {
        var result: Perplexity?
        for await event in events {
            switch event {
            case .promptScores(let scores):
                let sum = scores.reduce(0.0) { $0 - Double($1) }
                result = Perplexity(
                    meanNegativeLogLikelihood: sum / Double(max(scores.count, 1)), tokenCount: scores.count)
            case .finished(.refused(let error), _):
                throw PipelineError(error)
            case .finished(.failed(let message), _):
                throw .engine(message)
            case .token, .output, .finished:
                break
            }
        }
        guard let result else { throw .engine("the engine was stopped before the text was scored") }
        return result
    }
}
