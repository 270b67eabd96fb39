internal import LMDeploy

/// Logprobs of a completion, as OpenAI's older API writes them.
struct CompletionLogprobs: Sendable {
    let texts: TokenTexts
    /// How many of the most likely tokens are named.
    let top: Int

    /// - Parameter offset: where the text of the first token begins, in characters of the reply.
    func output(_ entries: [TokenLogprobs], offset: Int) -> JSONOutput {
        var offset = offset
        var offsets: [JSONOutput] = []
        for entry in entries {
            offsets.append(.integer(offset))
            offset += texts.text(entry.chosen.id).unicodeScalars.count
        }
        return [
            "tokens": .array(entries.map { .string(texts.text($0.chosen.id)) }),
            "token_logprobs": .array(entries.map { .float($0.chosen.logprob) }),
            "top_logprobs": top == 0 ? nil : .array(entries.map(mostLikely)),
            "text_offset": .array(offsets),
        ]
    }

    /// Tokens with one text, as parts of characters have, become one member: the likeliest.
    private func mostLikely(_ entry: TokenLogprobs) -> JSONOutput {
        var object = JSONObjectOutput()
        for token in entry.mostLikely.prefix(top) {
            let text = texts.text(token.id)
            if object.members.contains(where: { $0.name == text }) { continue }
            object.append(text, .float(token.logprob))
        }
        return .object(object)
    }
}

/// Chunks of a completion.
struct CompletionChunkEncoder: ReplyEncoder {
    private let head: ReplyHead
    private let count: Int
    private let repliesPerPrompt: Int
    private let echoes: [String]
    private let logprobs: CompletionLogprobs?
    private let includesUsage: Bool
    private var usage = StreamUsage()
    /// Characters sent of each reply.
    private var offsets: [Int: Int] = [:]

    init(
        head: ReplyHead, count: Int, repliesPerPrompt: Int, echoes: [String], logprobs: CompletionLogprobs?,
        includesUsage: Bool
    ) {
        self.head = head
        self.count = count
        self.repliesPerPrompt = repliesPerPrompt
        self.echoes = echoes
        self.logprobs = logprobs
        self.includesUsage = includesUsage
        usage.repliesPerPrompt = repliesPerPrompt
    }

    mutating func begin() -> [ReplyEvent] {
        guard !echoes.isEmpty else { return [] }
        return (0..<count).map { chunk($0, echoes[$0 / repliesPerPrompt], [], nil) }
    }

    mutating func encode(_ piece: Response) -> [ReplyEvent] {
        usage.note(piece)
        let entries = logprobs?.texts.withoutEnding(piece) ?? []
        defer { offsets[piece.index, default: 0] += piece.text.unicodeScalars.count }
        guard !piece.text.isEmpty || !entries.isEmpty || piece.finishReason != nil else { return [] }
        return [chunk(piece.index, piece.text, entries, piece.finishReason)]
    }

    mutating func end() -> [ReplyEvent] {
        var events = usage.unfinished(of: count).map { chunk($0, "", [], .abort) }
        if includesUsage {
            events.append(ReplyEvent(head.object("text_completion", choices: [], usage: usage.total.openAI)))
        }
        return events + [.done]
    }

    func failure(_ error: ServingError) -> [ReplyEvent] { [ReplyEvent(error.openAIBody), .done] }

    private func chunk(
        _ index: Int, _ text: String, _ entries: [TokenLogprobs], _ reason: FinishReason?
    ) -> ReplyEvent {
        let choice: JSONOutput = [
            "index": .integer(index), "text": .string(text),
            "logprobs": logprobs?.output(entries, offset: offsets[index] ?? 0) ?? .null,
            "finish_reason": .optional(reason?.rawValue),
        ]
        return ReplyEvent(
            head.object("text_completion", choices: [choice], usage: includesUsage ? .null : nil))
    }
}
