package import LMDeploy

/// `POST /v1/messages`
package struct Messages: Endpoint {
    package static let paths = ["/v1/messages"]
    package static let schema = MessageFields.messages
    package static let summary = "Replies to a conversation, as Anthropic's API does."

    private let service: InferenceService

    package init(_ service: InferenceService) { self.service = service }

    package func respond(_ body: RequestBody) async throws(ServingError) -> ServedReply {
        try service.checkModel(body.string("model"))
        let prompt = try service.tokens(of: .messages(MessageFields.conversation(body)), field: "messages")
        var config = try SamplingFields.config(
            body, MessageFields.defaults, maxNewTokens: body.integer("max_tokens") ?? 1,
            vocabulary: service.vocabulary)
        let stopSequences = body.strings("stop_sequences")
        guard !stopSequences.contains("") else {
            throw .field("stop_sequences", found: "an empty string", expected: "non-empty strings")
        }
        config.stopWords = stopSequences
        // Left in the text, so that it tells which one it was.
        config.includeStopStringInOutput = true
        let group = try service.start([ReplyJob(prompt: prompt, config: config)])
        let ending = MessageEnding(
            stopSequences: stopSequences, templateStopWords: service.pipeline.chatTemplateStopWords)
        let head = ReplyHead(service, idPrefix: "msg_")
        if body.boolean("stream") == true {
            return .stream(
                try await ReplyStream(group) {
                    MessageEncoder(head: head, promptTokens: prompt.count, ending: ending)
                })
        }
        let reply = try await group.collect().first ?? CollectedReply()
        let end = ending.split(reply.text, reply.finishReason)
        return .json([
            "id": .string(head.id), "type": "message", "role": "assistant", "model": .string(head.model),
            "content": [["type": "text", "text": .string(end.text)]],
            "stop_reason": .string(end.reason), "stop_sequence": .optional(end.sequence),
            "usage": MessageEncoder.usage(
                input: reply.promptTokens, output: reply.replyTokens, cached: reply.cachedTokens),
        ])
    }
}

/// `POST /v1/messages/count_tokens`
package struct MessageTokenCount: Endpoint {
    package static let paths = ["/v1/messages/count_tokens"]
    package static let schema = MessageFields.count
    package static let summary = "How many tokens a conversation has."

    private let service: InferenceService

    package init(_ service: InferenceService) { self.service = service }

    package func respond(_ body: RequestBody) async throws(ServingError) -> ServedReply {
        try service.checkModel(body.string("model"))
        let prompt = try service.tokens(of: .messages(MessageFields.conversation(body)), field: "messages")
        return .json(["input_tokens": .integer(prompt.count)])
    }
}

/// How a message ended, and the text that ended it.
package struct MessageEnding: Sendable {
    private let stopSequences: [String]
    /// Texts of the chat template that end a reply, and that the client did not ask about.
    private let templateStopWords: [String]

    package init(stopSequences: [String], templateStopWords: [String]) {
        self.stopSequences = stopSequences
        self.templateStopWords = templateStopWords
    }

    package func split(
        _ text: String, _ reason: FinishReason
    ) -> (text: String, reason: String, sequence: String?) {
        switch reason {
        case .length: return (text, "max_tokens", nil)
        case .abort: return (text, "end_turn", nil)
        case .stop:
            let ending = (stopSequences + templateStopWords).filter { text.hasSuffix($0) }
                .max { $0.utf8.count < $1.utf8.count }
            guard let ending, !ending.isEmpty else { return (text, "end_turn", nil) }
            let rest = String(decoding: text.utf8.dropLast(ending.utf8.count), as: UTF8.self)
            return stopSequences.contains(ending)
                ? (rest, "stop_sequence", ending) : (rest, "end_turn", nil)
        }
    }
}

/// Events of a message.
struct MessageEncoder: ReplyEncoder {
    private let head: ReplyHead
    private let promptTokens: Int
    private let ending: MessageEnding
    private var isFinished = false

    init(head: ReplyHead, promptTokens: Int, ending: MessageEnding) {
        self.head = head
        self.promptTokens = promptTokens
        self.ending = ending
    }

    func begin() -> [ReplyEvent] {
        let message: JSONOutput = [
            "id": .string(head.id), "type": "message", "role": "assistant", "model": .string(head.model),
            "content": [], "stop_reason": nil, "stop_sequence": nil,
            "usage": Self.usage(input: promptTokens, output: 0, cached: 0),
        ]
        return [
            event("message_start", ["message": message]),
            event("content_block_start", ["index": 0, "content_block": ["type": "text", "text": ""]]),
        ]
    }

    mutating func encode(_ piece: Response) -> [ReplyEvent] {
        guard let reason = piece.finishReason else { return delta(piece.text) }
        isFinished = true
        let end = ending.split(piece.text, reason)
        return delta(end.text) + finish(end.reason, end.sequence, piece.generateTokenLength)
    }

    mutating func end() -> [ReplyEvent] { isFinished ? [] : finish("end_turn", nil, 0) }

    func failure(_ error: ServingError) -> [ReplyEvent] { [ReplyEvent(error.anthropicBody, name: "error")] }

    static func usage(input: Int, output: Int, cached: Int) -> JSONOutput {
        [
            "input_tokens": .integer(input), "output_tokens": .integer(output),
            "cache_read_input_tokens": .integer(cached), "cache_creation_input_tokens": 0,
        ]
    }

    private func delta(_ text: String) -> [ReplyEvent] {
        text.isEmpty
            ? []
            : [
                event(
                    "content_block_delta",
                    ["index": 0, "delta": ["type": "text_delta", "text": .string(text)]])
            ]
    }

    private func finish(_ reason: String, _ sequence: String?, _ tokens: Int) -> [ReplyEvent] {
        [
            event("content_block_stop", ["index": 0]),
            event(
                "message_delta",
                [
                    "delta": ["stop_reason": .string(reason), "stop_sequence": .optional(sequence)],
                    "usage": ["output_tokens": .integer(tokens)],
                ]),
            event("message_stop", [:]),
        ]
    }

    private func event(_ name: String, _ members: KeyValuePairs<String, JSONOutput>) -> ReplyEvent {
        let data: JSONOutput = ["type": .string(name)]
        return ReplyEvent(data.adding(members), name: name)
    }
}
