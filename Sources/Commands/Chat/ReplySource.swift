package import LMDeploy

/// Who answers in a conversation.
package protocol ReplySource: Sendable {
    /// Most tokens of a conversation, prompt and reply together.
    var sessionLength: Int { get }

    func tokenCount(of prompt: Prompt) throws -> Int

    /// Generates a reply and returns when it is complete or the current task is cancelled.
    func reply(
        to prompt: Prompt, _ config: GenerationConfig, onPiece: (ReplyPiece) throws -> Void
    ) async throws
}

/// The next part of a reply.
package struct ReplyPiece: Sendable, Equatable {
    package var text: String
    /// Tokens of the reply so far.
    package var tokenCount: Int
    /// `nil` while the reply goes on.
    package var finishReason: FinishReason?

    package init(text: String, tokenCount: Int, finishReason: FinishReason? = nil) {
        self.text = text
        self.tokenCount = tokenCount
        self.finishReason = finishReason
    }
}

extension Pipeline: ReplySource {
    package var sessionLength: Int { plan.sessionLength }

    package func reply(
        to prompt: Prompt, _ config: GenerationConfig, onPiece: (ReplyPiece) throws -> Void
    ) async throws {
        for try await response in try stream(prompt, config) {
            try onPiece(
                ReplyPiece(
                    text: response.text, tokenCount: response.generateTokenLength,
                    finishReason: response.finishReason))
        }
    }
}
