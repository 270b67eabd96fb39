/// Why a reply ended.
public enum FinishReason: String, Sendable, Equatable {
    /// An end-of-sequence token, a stop token or a stop word.
    case stop
    /// `max_new_tokens` or the session length was reached.
    case length
    /// The request was cancelled.
    case abort
}

/// A reply, or in a stream the next piece of one.
public struct Response: Sendable, Equatable {
    /// The text; in a stream, what is new since the last piece.
    public var text: String
    /// Tokens generated so far.
    public var generateTokenLength: Int
    /// Tokens of the prompt.
    public var inputTokenLength: Int
    /// `nil` while the reply goes on.
    public var finishReason: FinishReason?
    /// The token ids; in a stream, those new since the last piece.
    public var tokenIDs: [Int32]
    /// Which prompt of the call this answers.
    public var index: Int
    /// How likely each of `tokenIDs` was, when ``GenerationConfig/logprobs`` asks for it.
    public var logprobs: [TokenLogprobs]?
    /// Rows of logits, as ``GenerationConfig/outputLogits`` selects them: each foresees the token after its own.
    public var logits: [[Float]]?
    /// Rows of the last layer's output behind the final norm, as ``GenerationConfig/outputLastHiddenState`` selects
    /// them.
    public var lastHiddenState: [[Float]]?
    /// Tokens of the prompt that were in the KV cache. Known at the end of the reply.
    public var cachedTokens = 0
    /// Tokens that were guessed ahead, and how many of them were right. Known at the end of the reply.
    public var draftTokens = 0
    /// Guessed tokens that were right. Known at the end of the reply.
    public var acceptedDraftTokens = 0
}

/// A token and the natural logarithm of its probability, before penalties and temperature.
public struct TokenLogprob: Sendable, Equatable {
    /// The token.
    public var id: Int32
    /// Logarithm of its probability.
    public var logprob: Float
}

/// How likely the token at a position was, and which tokens were the most likely there.
public struct TokenLogprobs: Sendable, Equatable {
    /// The token that was chosen.
    public var chosen: TokenLogprob
    /// The most likely tokens, the most likely first.
    public var mostLikely: [TokenLogprob]
}
