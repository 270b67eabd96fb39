/// What is added to the logit of a token.
package struct TokenBias: Sendable, Equatable {
    package var token: Int32
    package var bias: Float

    package init(token: Int32, bias: Float) {
        self.token = token
        self.bias = bias
    }
}

/// How the next token is chosen from the logits. Ranges are checked by whoever takes them from a user; tokens
/// that the vocabulary does not have are ignored.
///
/// A row of logits goes through these in LMDeploy's order: log-probabilities for the report, repetition penalty,
/// presence and frequency penalty, logit bias, bad words, minimum length, mask of allowed tokens, temperature,
/// top-k, top-p, min-p, draw. LMDeploy's engine has no presence penalty, frequency penalty or bias; here they
/// stand directly behind the repetition penalty, so that every ban outweighs every bias.
package struct SamplingParameters: Sendable, Equatable {
    /// 0 takes the most likely token.
    package var temperature: Float
    /// Keeps this many of the most likely tokens; 0 keeps all.
    package var topK: Int
    /// Keeps the most likely tokens up to and including the one at which the sum of their probabilities exceeds
    /// this, in 0...1. With top-k, these are shares of what top-k keeps.
    package var topP: Float
    /// Drops tokens less likely than this share of the most likely one, in 0...1.
    package var minP: Float
    /// Divides positive, multiplies negative logits of tokens already in the sequence, prompt and reply.
    package var repetitionPenalty: Float
    /// Subtracted from the logits of tokens that the reply has, as OpenAI's API defines it.
    package var presencePenalty: Float
    /// Subtracted from the logits of tokens that the reply has, once for each time it has them.
    package var frequencyPenalty: Float
    package var logitBias: [TokenBias]
    /// Sequences of tokens that must not be completed: where the sequence (prompt and reply) ends with all tokens
    /// of a bad word but the last, that one cannot be chosen. A word of one token is never chosen.
    package var badWords: [[Int32]]
    /// How many of the most likely tokens to report with their log-probabilities, beside that of the token chosen,
    /// at most ``maximumLogprobs``; 0 reports nothing.
    ///
    /// They are the logarithms of the softmax of the model's logits, before penalties, masks and temperature:
    /// what OpenAI's API calls logprobs.
    package var logprobs: Int
    package var seed: UInt64

    package static let maximumLogprobs = 1024

    package init(
        temperature: Float, topK: Int = 0, topP: Float = 1, minP: Float = 0, repetitionPenalty: Float = 1,
        presencePenalty: Float = 0, frequencyPenalty: Float = 0, logitBias: [TokenBias] = [],
        badWords: [[Int32]] = [], logprobs: Int = 0, seed: UInt64 = 0
    ) {
        self.temperature = temperature
        self.topK = topK
        self.topP = topP
        self.minP = minP
        self.repetitionPenalty = repetitionPenalty
        self.presencePenalty = presencePenalty
        self.frequencyPenalty = frequencyPenalty
        self.logitBias = logitBias
        self.badWords = badWords
        self.logprobs = logprobs
        self.seed = seed
    }

    /// The most likely token, always.
    package static let greedy = SamplingParameters(temperature: 0, topK: 1)

    package var isGreedy: Bool { temperature == 0 || topK == 1 }

    var hasPenalties: Bool { repetitionPenalty != 1 || presencePenalty != 0 || frequencyPenalty != 0 }
}
