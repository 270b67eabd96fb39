internal import LMDeploy

/// Logprobs of a chat, as OpenAI's API writes them.
struct ChatLogprobs: Sendable {
    let texts: TokenTexts
    /// How many of the most likely tokens are named.
    let top: Int

    func output(_ entries: [TokenLogprobs]) -> JSONOutput {
        let content = entries.map { entry -> JSONOutput in
            token(entry.chosen).adding(["top_logprobs": .array(entry.mostLikely.prefix(top).map(token))])
        }
        return ["content": .array(content), "refusal": nil]
    }

    private func token(_ token: TokenLogprob) -> JSONOutput {
        let bytes = texts.bytes(token.id)
        return [
            "token": .string(String(decoding: bytes, as: UTF8.self)), "logprob": .float(token.logprob),
            "bytes": .array(bytes.map { .integer(Int($0)) }),
        ]
    }
}

/// Chunks of a chat's reply.
struct ChatChunkEncoder: ReplyEncoder {
    private let head: ReplyHead
    private let count: Int
    private let logprobs: ChatLogprobs?
    private let includesUsage: Bool
    private var usage = StreamUsage()

    init(head: ReplyHead, count: Int, logprobs: ChatLogprobs?, includesUsage: Bool) {
        self.head = head
        self.count = count
        self.logprobs = logprobs
        self.includesUsage = includesUsage
    }

    mutating func begin() -> [ReplyEvent] {
        (0..<count).map { chunk($0, ["role": "assistant", "content": ""], logprobs: nil, nil) }
    }

    mutating func encode(_ piece: Response) -> [ReplyEvent] {
        usage.note(piece)
        let entries = logprobs?.texts.withoutEnding(piece) ?? []
        var events: [ReplyEvent] = []
        if !piece.text.isEmpty || !entries.isEmpty {
            events.append(chunk(piece.index, ["content": .string(piece.text)], logprobs: entries, nil))
        }
        if let reason = piece.finishReason { events.append(chunk(piece.index, [:], logprobs: nil, reason)) }
        return events
    }

    mutating func end() -> [ReplyEvent] {
        var events = usage.unfinished(of: count).map { chunk($0, [:], logprobs: nil, .abort) }
        if includesUsage {
            events.append(
                ReplyEvent(head.object("chat.completion.chunk", choices: [], usage: usage.total.openAI)))
        }
        return events + [.done]
    }

    func failure(_ error: ServingError) -> [ReplyEvent] { [ReplyEvent(error.openAIBody), .done] }

    private func chunk(
        _ index: Int, _ delta: JSONOutput, logprobs entries: [TokenLogprobs]?, _ reason: FinishReason?
    ) -> ReplyEvent {
        let choice: JSONOutput = [
            "index": .integer(index), "delta": delta,
            "logprobs": entries.flatMap { logprobs?.output($0) } ?? .null,
            "finish_reason": .optional(reason?.rawValue),
        ]
        return ReplyEvent(
            head.object("chat.completion.chunk", choices: [choice], usage: includesUsage ? .null : nil))
    }
}

/// Counts the tokens of replies as their pieces come.
struct StreamUsage: Sendable {
    private var prompts: [Int: Int] = [:]
    private var replies: [Int: Int] = [:]
    private var cached: [Int: Int] = [:]
    private var finished: Set<Int> = []
    /// How many replies each prompt has.
    var repliesPerPrompt = Int.max

    mutating func note(_ piece: Response) {
        prompts[piece.index] = piece.inputTokenLength
        replies[piece.index] = piece.generateTokenLength
        cached[piece.index] = piece.cachedTokens
        if piece.finishReason != nil { finished.insert(piece.index) }
    }

    /// Replies that were cut off before they could say so.
    func unfinished(of count: Int) -> [Int] { (0..<count).filter { !finished.contains($0) } }

    var total: TokenUsage {
        var usage = TokenUsage()
        for (index, tokens) in replies {
            usage.reply += tokens
            guard index % repliesPerPrompt == 0 else { continue }
            usage.prompt += prompts[index] ?? 0
            usage.cached += cached[index] ?? 0
        }
        return usage
    }
}
