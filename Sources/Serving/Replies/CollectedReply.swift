package import LMDeploy

/// A whole reply.
package struct CollectedReply: Sendable {
    package var text = ""
    package var tokenIDs: [Int32] = []
    package var logprobs: [TokenLogprobs] = []
    package var finishReason = FinishReason.abort
    package var promptTokens = 0
    package var replyTokens = 0
    package var cachedTokens = 0

    package init() {}

    mutating func append(_ piece: Response) {
        text += piece.text
        tokenIDs += piece.tokenIDs
        logprobs += piece.logprobs ?? []
        finishReason = piece.finishReason ?? finishReason
        promptTokens = piece.inputTokenLength
        replyTokens = piece.generateTokenLength
        cachedTokens = max(cachedTokens, piece.cachedTokens)
    }
}

extension ReplyGroup {
    /// Waits for all replies.
    /// - Parameter edit: changes each piece before it is added.
    package func collect(_ edit: (inout Response) -> Void = { _ in }) async throws(ServingError)
        -> [CollectedReply]
    {
        var replies = [CollectedReply](repeating: CollectedReply(), count: count)
        do {
            for try await var piece in pieces {
                edit(&piece)
                replies[piece.index].append(piece)
            }
        } catch {
            throw ServingError(error)
        }
        if Task.isCancelled { throw ServingError(.cancelled, "the client went away") }
        return replies
    }
}

/// How many tokens a request took.
package struct TokenUsage: Sendable, Equatable {
    package var prompt = 0
    package var reply = 0
    package var cached = 0

    package init() {}

    /// Counts the prompts once, however many replies each has.
    init(_ replies: [CollectedReply], repliesPerPrompt: Int) {
        for (index, each) in replies.enumerated() {
            reply += each.replyTokens
            if index % max(1, repliesPerPrompt) == 0 {
                prompt += each.promptTokens
                cached += each.cachedTokens
            }
        }
    }

    /// As OpenAI's API writes it.
    package var openAI: JSONOutput {
        [
            "prompt_tokens": .integer(prompt), "completion_tokens": .integer(reply),
            "total_tokens": .integer(prompt + reply),
            "prompt_tokens_details": ["cached_tokens": .integer(cached)],
        ]
    }
}
