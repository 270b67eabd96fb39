/// Identifies a request for as long as the engine lives. Later requests have larger numbers.
package struct RequestID: Hashable, Sendable, Comparable, CustomStringConvertible {
    package let value: UInt64

    package init(_ value: UInt64) { self.value = value }

    package static func < (left: RequestID, right: RequestID) -> Bool { left.value < right.value }

    package var description: String { "request \(value)" }
}

/// Tokens in, and how to choose the tokens out.
package struct GenerationRequest: Sendable {
    /// What is new: with a session, what follows its tokens.
    package var prompt: [Int32]
    /// 0 only computes the prompt.
    package var maxNewTokens: Int
    package var minNewTokens: Int
    /// Tokens that end the reply; they are reported but are not part of it.
    package var stopTokens: [Int32]
    package var sampling: SamplingParameters
    /// The conversation that the request goes on with; `nil` stands alone.
    package var session: SessionUse?
    /// Most tokens guessed ahead in a step from what the sequence holds already; 0 guesses none. The reply is the
    /// same.
    package var maxDraftTokens: Int
    /// Asks for the log-probability of every token of the prompt but the first.
    package var scoresPrompt: Bool
    /// What to tell of the rows besides tokens.
    package var outputs: RowOutputs

    package init(
        prompt: [Int32], maxNewTokens: Int, minNewTokens: Int = 0, stopTokens: [Int32] = [],
        sampling: SamplingParameters = .greedy, session: SessionUse? = nil, maxDraftTokens: Int = 0,
        scoresPrompt: Bool = false, outputs: RowOutputs = .none
    ) {
        self.prompt = prompt
        self.maxNewTokens = maxNewTokens
        self.minNewTokens = minNewTokens
        self.stopTokens = stopTokens
        self.sampling = sampling
        self.session = session
        self.maxDraftTokens = maxDraftTokens
        self.scoresPrompt = scoresPrompt
        self.outputs = outputs
    }

    /// Complains about the first number of tokens below 0.
    var negativeCount: EngineError? {
        let counts = [
            ("maxNewTokens", maxNewTokens), ("minNewTokens", minNewTokens),
            ("maxDraftTokens", maxDraftTokens),
        ]
        return counts.first { $0.1 < 0 }.map { .negativeCount($0.0, $0.1) }
    }
}

/// Why the engine ended a request.
package enum EngineFinishReason: Sendable, Equatable {
    case stopToken(Int32)
    case length
    case cancelled
    case failed(String)
    /// The request could not start.
    case refused(EngineError)
}

/// What the engine tells about a request.
package enum RequestEvent: Sendable, Equatable {
    case token(Int32, TokenLogprobs?)
    /// What was asked for of a row; in front of the token that the row chooses.
    case output(RowOutput)
    /// Log-probabilities of the prompt's tokens from the second on.
    case promptScores([Float])
    case finished(EngineFinishReason, RequestStatistics)
}

/// What a request has cost.
package struct RequestStatistics: Sendable, Equatable {
    /// Tokens before the reply, those of the session included.
    package var promptTokens = 0
    /// How many of them were in the KV cache when the request started.
    package var cachedTokens = 0
    package var generatedTokens = 0
    /// Tokens guessed ahead, and those of them that were right.
    package var draftTokens = 0
    package var acceptedDraftTokens = 0
    /// How often the request lost its blocks to older ones.
    package var preemptions = 0
    /// Tokens that the session holds now; 0 without one.
    package var sessionTokens = 0

    package init() {}
}

extension GenerationRequest {
    /// Whether the rows of the prompt are asked for, so that none can be taken from the cache.
    var needsPromptRows: Bool { scoresPrompt || (!outputs.isEmpty && outputs.includesPrompt) }
}

/// Why the engine does not take a request. `description` is one line.
package enum EngineError: Error, Sendable, Equatable, CustomStringConvertible {
    case emptyPrompt
    case negativeCount(_ field: String, Int)
    case tokenOutOfRange(Int32, vocabulary: Int)
    case promptTooLong(promptTokens: Int, historyTokens: Int, sessionLength: Int)
    case cacheTooSmall(neededBlocks: Int, totalBlocks: Int)
    case queueFull(limit: Int)
    case unknownSession(SessionID)
    case busySession(SessionID)
    case stepOutOfRange(step: Int, SessionID, tokens: Int)
    case tooManySessions(limit: Int)
    case promptRowsInSession
    case stopped

    package var description: String {
        switch self {
        case .emptyPrompt: "the prompt is empty"
        case .negativeCount(let field, let count): "\(field) is \(count), expected 0 or more"
        case .tokenOutOfRange(let token, let vocabulary):
            "the prompt has token \(token), the model's vocabulary is 0..<\(vocabulary)"
        case .promptTooLong(let promptTokens, 0, let sessionLength):
            "the prompt has \(promptTokens) tokens and a session holds \(sessionLength) with the reply"
        case .promptTooLong(let promptTokens, let historyTokens, let sessionLength):
            "the prompt has \(promptTokens) tokens after \(historyTokens) of the session, which holds "
                + "\(sessionLength) with the reply"
        case .cacheTooSmall(let neededBlocks, let totalBlocks):
            "the request needs \(neededBlocks) KV cache blocks of \(totalBlocks)"
        case .queueFull(let limit): "\(limit) requests are waiting already: try again later"
        case .unknownSession(let id):
            "\(id) does not exist: its first request has to begin it, and it may have been ended"
        case .busySession(let id): "\(id) is still replying: wait for the end of the reply or cancel it"
        case .stepOutOfRange(let step, let id, let tokens):
            "step is \(step), expected 0...\(tokens): that many tokens are in \(id)"
        case .tooManySessions(let limit): "\(limit) sessions are open already: end one first"
        case .promptRowsInSession:
            "scores, logits and hidden states of a prompt need all its tokens computed: ask without a session"
        case .stopped: "the engine has been stopped"
        }
    }
}
