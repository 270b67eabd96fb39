/// How the next token is chosen from the logits. Ranges are checked by whoever takes them from a user.
package struct SamplingParameters: Sendable, Equatable {
    /// 0 takes the most likely token.
    package var temperature: Float
    /// Keeps this many of the most likely tokens; 0 keeps all.
    package var topK: Int
    /// Keeps the most likely tokens whose probabilities first reach this sum, in 0...1.
    package var topP: Float
    /// Drops tokens less likely than this share of the most likely one, in 0...1.
    package var minP: Float
    /// Divides positive, multiplies negative logits of tokens already in the sequence.
    package var repetitionPenalty: Float
    package var seed: UInt64

    package init(
        temperature: Float, topK: Int = 0, topP: Float = 1, minP: Float = 0, repetitionPenalty: Float = 1,
        seed: UInt64 = 0
    ) {
        self.temperature = temperature
        self.topK = topK
        self.topP = topP
        self.minP = minP
        self.repetitionPenalty = repetitionPenalty
        self.seed = seed
    }

    /// The most likely token, always.
    package static let greedy = SamplingParameters(temperature: 0, topK: 1)

    package var isGreedy: Bool { temperature == 0 || topK == 1 }
}
