/// Identifies a request for as long as the engine lives.
package struct RequestID: Hashable, Sendable, Comparable, CustomStringConvertible {
    package let value: UInt64

    package init(_ value: UInt64) { self.value = value }

    package static func < (left: RequestID, right: RequestID) -> Bool { left.value < right.value }

    package var description: String { "request \(value)" }
}

/// Tokens in, and how to choose the tokens out.
package struct GenerationRequest: Sendable {
    package var prompt: [Int32]
    package var maxNewTokens: Int
    package var minNewTokens: Int
    /// Tokens that end the reply; they are reported but are not part of it.
    package var stopTokens: [Int32]
    package var sampling: SamplingParameters

    package init(
        prompt: [Int32], maxNewTokens: Int, minNewTokens: Int = 0, stopTokens: [Int32] = [],
        sampling: SamplingParameters = .greedy
    ) {
        self.prompt = prompt
        self.maxNewTokens = maxNewTokens
        self.minNewTokens = minNewTokens
        self.stopTokens = stopTokens
        self.sampling = sampling
    }
}

/// Why the engine ended a request.
package enum EngineFinishReason: Sendable, Equatable {
    case stopToken(Int32)
    case length
    case cancelled
    case failed(String)
}

/// What the engine tells about a request.
package enum RequestEvent: Sendable, Equatable {
    case token(Int32)
    case finished(EngineFinishReason)
}

/// Why the engine does not take a request. `description` is one line.
package enum EngineError: Error, Sendable, Equatable, CustomStringConvertible {
    case emptyPrompt
    case tokenOutOfRange(Int32, vocabulary: Int)
    case promptTooLong(promptTokens: Int, sessionLength: Int)
    case cacheTooSmall(neededBlocks: Int, totalBlocks: Int)
    case queueFull(limit: Int)
    case stopped

    package var description: String {
        switch self {
        case .emptyPrompt: "the prompt is empty"
        case .tokenOutOfRange(let token, let vocabulary):
            "the prompt has token \(token), the model's vocabulary is 0..<\(vocabulary)"
        case .promptTooLong(let promptTokens, let sessionLength):
            "the prompt has \(promptTokens) tokens and a session holds \(sessionLength)"
        case .cacheTooSmall(let neededBlocks, let totalBlocks):
            "the request needs \(neededBlocks) KV cache blocks of \(totalBlocks)"
        case .queueFull(let limit): "\(limit) requests are waiting already: try again later"
        case .stopped: "the engine has been stopped"
        }
    }
}
