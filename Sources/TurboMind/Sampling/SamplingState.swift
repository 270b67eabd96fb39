/// What the sampler knows about one sequence: its tokens and how to choose the next.
///
/// The sampler appends the tokens that it chooses. One call of the sampler may have a state once only.
package final class SamplingState {
    package let parameters: SamplingParameters
    package private(set) var history: TokenHistory
    /// The reply has at least so many tokens before one of `stopTokens` can be chosen.
    private let minNewTokens: Int
    private let stopTokens: [Int32]

    /// - Parameters:
    ///   - prompt: all tokens before the reply, from position 0 on.
    ///   - generated: tokens of the reply that are known already.
    package init(
        parameters: SamplingParameters, prompt: [Int32], generated: [Int32] = [], minNewTokens: Int = 0,
        stopTokens: [Int32] = []
    ) {
        self.parameters = parameters
        self.minNewTokens = minNewTokens
        self.stopTokens = stopTokens
        history = TokenHistory(prompt: prompt, generated: generated)
    }

    /// Absolute position of the token to be chosen next.
    package var position: Int { history.count }

    package func append(_ token: Int32) { history.append(token) }

    /// Takes back the last `count` tokens of the reply, which the scheduler did not want.
    package func removeLast(_ count: Int) { history.removeLast(count) }

    /// Whether the next token's logits are changed before it is chosen.
    var editsLogits: Bool {
        parameters.hasPenalties || !parameters.logitBias.isEmpty || !parameters.badWords.isEmpty || isTooShort
    }

    /// Penalties, bias and bans, in this order.
    func edit(_ logits: UnsafeMutableBufferPointer<Float>) {
        if parameters.repetitionPenalty != 1 { penalizeRepetition(logits) }
        if parameters.presencePenalty != 0 || parameters.frequencyPenalty != 0 { penalizeReply(logits) }
        for bias in parameters.logitBias {
            Self.update(logits, bias.token) { $0 + bias.bias }
        }
        for word in parameters.badWords {
            guard let last = word.last, history.ends(with: word.dropLast()) else { continue }
            Self.update(logits, last) { _ in -.infinity }
        }
        guard isTooShort else { return }
        for token in stopTokens { Self.update(logits, token) { _ in -.infinity } }
    }

    // MARK: - Internals

    private var isTooShort: Bool { history.generatedCount < minNewTokens && !stopTokens.isEmpty }

    private func penalizeRepetition(_ logits: UnsafeMutableBufferPointer<Float>) {
        let penalty = parameters.repetitionPenalty
        for entry in history.entries {
            Self.update(logits, entry.token) { $0 > 0 ? $0 / penalty : $0 * penalty }
        }
    }

    private func penalizeReply(_ logits: UnsafeMutableBufferPointer<Float>) {
        let presence = parameters.presencePenalty
        let frequency = parameters.frequencyPenalty
        for entry in history.entries where entry.generatedCount > 0 {
            Self.update(logits, entry.token) { $0 - (frequency * Float(entry.generatedCount) + presence) }
        }
    }

    /// Changes a token's logit; ignores tokens that are not in the vocabulary.
    @inline(__always)
    private static func update(
        _ logits: UnsafeMutableBufferPointer<Float>, _ token: Int32, _ change: (Float) -> Float
    ) {
        guard token >= 0, Int(token) < logits.count else { return }
        logits[Int(token)] = change(logits[Int(token)])
    }
}
