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
}
