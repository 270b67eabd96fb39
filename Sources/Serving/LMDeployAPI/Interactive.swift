internal import JSON
internal import LMDeploy
internal import Synchronization

/// How far the sessions of `/v1/chat/interactive` have come.
package final class InteractiveSessions: Sendable {
    private let tokens = Mutex<[UInt64: Int]>([:])

    package init() {}

    func tokens(of id: UInt64) -> Int { tokens.withLock { $0[id] ?? 0 } }

    func note(_ count: Int, of id: UInt64) { tokens.withLock { $0[id] = count } }

    func forget(_ id: UInt64) { tokens.withLock { _ = $0.removeValue(forKey: id) } }
}

/// `POST /v1/chat/interactive`: conversations that the server remembers.
package struct Interactive: Endpoint {
    package static let paths = ["/v1/chat/interactive"]
    package static let summary =
        "Goes on with a conversation that the server remembers, when interactive_mode is true; "
        + "an empty prompt without it ends the conversation."
    private static let defaults = SamplingFields.Defaults(temperature: 0.8, topP: 0.8, topK: 40)

    package static let schema = RequestSchema(
        "InteractiveRequest",
        [
            .init(
                "model", .string, "The model's name, as /v1/models lists it; the served model when absent."),
            .init(
                "prompt", .oneOf([.string, .array(of: .object(ChatFields.message), count: 1...65536)]),
                isRequired: true, "What the user says, or messages."),
            .init(
                "session_id", .integer(-1...Int.max), usual: "-1", "The conversation's number; -1 is none."),
            .init(
                "interactive_mode", .boolean, usual: "false", "Remembers the conversation after the reply."),
            .init("stream", .boolean, usual: "false", "Sends a line of JSON for each part of the reply."),
            .init(
                "request_output_len", .integer(0...Int(Int32.max)), usual: "512", "Most tokens of the reply."),
            .init("cancel", .boolean, usual: "false", "Ends the reply that the conversation is waiting for."),
            .unavailable("image_url", "models here read text only"),
            .unavailable("adapter_name", "adapters are merged before a model is served"),
        ] + SamplingFields.fields(defaults))

    private let service: InferenceService

    package init(_ service: InferenceService) { self.service = service }

    package func respond(_ body: RequestBody) async throws(ServingError) -> ServedReply {
        try service.checkModel(body.string("model"))
        let id = body.sessionID
        if body.boolean("cancel") == true {
            guard let id else {
                throw .field("session_id", found: "missing", expected: "the reply to cancel")
            }
            service.running.abort(sessionID: id)
            return .json(Self.empty)
        }
        let isKept = body.boolean("interactive_mode") == true
        if body.string("prompt") == "" || body.integer("request_output_len") == 0 {
            guard let id, !isKept else {
                throw .field(
                    "prompt", found: "without text or without a reply",
                    expected:
                        "text, and request_output_len of 1 or more; a session ends with interactive_mode "
                        + "false")
            }
            try await close(id)
            return .json(Self.empty)
        }
        guard let node = body["prompt"] else { return .json(Self.empty) }
        return try await reply(to: ChatMessages.messages(node), body, id: id, isKept: isKept)
    }

    private static let empty: JSONOutput = [
        "text": "", "tokens": 0, "input_tokens": 0, "history_tokens": 0, "finish_reason": "stop",
    ]

    private func close(_ id: UInt64) async throws(ServingError) {
        service.sessions.forget(id)
        guard let session = service.pipeline.knownSession(id: id) else { return }
        do {
            try await service.pipeline.close(session)
        } catch {
            throw ServingError(error)
        }
    }

    private func reply(
        to messages: [Message], _ body: RequestBody, id: UInt64?, isKept: Bool
    ) async throws(ServingError) -> ServedReply {
        let config = try SamplingFields.config(
            body, Self.defaults, maxNewTokens: body.integer("request_output_len") ?? 512,
            vocabulary: service.vocabulary)
        let pipeline = service.pipeline
        let session = id.flatMap { isKept ? pipeline.session(id: $0) : pipeline.knownSession(id: $0) }
        let history = id.map { service.sessions.tokens(of: $0) } ?? 0
        let group = try service.start(count: 1, sessionID: id) { () throws(PipelineError) in
            guard let session else { return [try pipeline.stream(.messages(messages), config)] }
            return [try pipeline.streamChat(messages, session: session, config)]
        }
        let sessions = service.sessions
        let note: @Sendable (Int) -> Void = { tokens in
            if let id, isKept { sessions.note(tokens, of: id) }
        }
        // Without interactive mode, this reply is the conversation's last one.
        let ended = session != nil && !isKept ? id : nil
        if body.boolean("stream") == true {
            let stream = try await ReplyStream(
                group, format: .lines, atEnd: { if let ended { try? await close(ended) } }
            ) {
                InteractiveEncoder(history: history, note: note)
            }
            return .stream(stream)
        }
        let reply = try await group.collect().first ?? CollectedReply()
        note(reply.promptTokens + reply.replyTokens)
        if let ended { try await close(ended) }
        return .json(InteractiveEncoder.output(reply, history: history, reason: reply.finishReason))
    }
}

/// Lines of a reply of `/v1/chat/interactive`.
struct InteractiveEncoder: ReplyEncoder {
    /// Tokens that the session had before.
    let history: Int
    /// Told how many tokens the session has now.
    let note: @Sendable (Int) -> Void
    private var isFinished = false

    init(history: Int, note: @escaping @Sendable (Int) -> Void) {
        self.history = history
        self.note = note
    }

    mutating func encode(_ piece: Response) -> [ReplyEvent] {
        var part = CollectedReply()
        part.append(piece)
        isFinished = piece.finishReason != nil
        note(part.promptTokens + part.replyTokens)
        return [ReplyEvent(Self.output(part, history: history, reason: piece.finishReason))]
    }

    func end() -> [ReplyEvent] {
        isFinished ? [] : [ReplyEvent(Self.output(CollectedReply(), history: history, reason: .abort))]
    }

    func failure(_ error: ServingError) -> [ReplyEvent] { [ReplyEvent(error.openAIBody)] }

    static func output(_ reply: CollectedReply, history: Int, reason: FinishReason?) -> JSONOutput {
        [
            "text": .string(reply.text), "tokens": .integer(reply.replyTokens),
            "input_tokens": .integer(max(0, reply.promptTokens - history)),
            "history_tokens": .integer(history), "finish_reason": .optional(reason?.rawValue),
        ]
    }
}
