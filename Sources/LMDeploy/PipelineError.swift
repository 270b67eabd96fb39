package import TurboMind

/// What can go wrong between a request and its reply. `description` is one line that says what to do.
public enum PipelineError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A parameter is outside its range.
    case invalidParameter(field: String, found: String, expected: String)
    /// The model could not be loaded.
    case model(String)
    /// The chat template could not be read or refused the conversation.
    case chatTemplate(String)
    /// Prompt and reply do not fit the session.
    case promptTooLong(promptTokens: Int, sessionLength: Int)
    /// The prompt has no tokens.
    case emptyPrompt
    /// The KV cache can never hold this request.
    case cacheTooSmall(neededBlocks: Int, totalBlocks: Int)
    /// The conversation cannot go on: it is still replying, or there are too many.
    case session(String)
    /// The engine stopped or failed.
    case engine(String)

    /// One line: what was found, what was expected, what to do.
    public var description: String {
        switch self {
        case .invalidParameter(let field, let found, let expected):
            "\(field) is \(found), expected \(expected)"
        case .model(let message), .chatTemplate(let message), .session(let message), .engine(let message):
            message
        case .promptTooLong(let promptTokens, let sessionLength):
            "the prompt has \(promptTokens) tokens and the session holds \(sessionLength) with at least one for "
                + "the reply: shorten the prompt or raise --session-len"
        case .emptyPrompt:
            "the prompt is empty: give at least one token of text"
        case .cacheTooSmall(let neededBlocks, let totalBlocks):
            "the request needs \(neededBlocks) KV cache blocks and the cache has \(totalBlocks): lower "
                + "max_new_tokens or raise --cache-max-entry-count"
        }
    }
}

extension PipelineError {
    package init(_ error: EngineError) {
        switch error {
        case .emptyPrompt: self = .emptyPrompt
        case .negativeCount(let field, let count):
            self = .invalidParameter(field: field, found: "\(count)", expected: "0 or more")
        case .promptTooLong(let promptTokens, let historyTokens, let sessionLength):
            self = .promptTooLong(promptTokens: historyTokens + promptTokens, sessionLength: sessionLength)
        case .cacheTooSmall(let neededBlocks, let totalBlocks):
            self = .cacheTooSmall(neededBlocks: neededBlocks, totalBlocks: totalBlocks)
        case .unknownSession, .busySession, .stepOutOfRange, .tooManySessions, .promptRowsInSession:
            self = .session(error.description)
        case .tokenOutOfRange, .queueFull, .stopped: self = .engine(error.description)
        }
    }
}
