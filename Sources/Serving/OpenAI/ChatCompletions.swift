internal import JSON
internal import LMDeploy

/// `POST /v1/chat/completions`
package struct ChatCompletions: Endpoint {
    package static let paths = ["/v1/chat/completions"]
    package static let schema = ChatFields.schema
    package static let summary = "Replies to a conversation."

    private let service: InferenceService

    package init(_ service: InferenceService) { self.service = service }

    package func respond(_ body: RequestBody) async throws(ServingError) -> ServedReply {
        try service.checkModel(body.string("model"))
        let prompt = try service.tokens(of: try prompt(body), field: "messages")
        let asked = body.integer("max_completion_tokens") ?? body.integer("max_tokens")
        var config = try SamplingFields.config(
            body, maxNewTokens: service.replyRoom(asked, promptTokens: prompt.count),
            vocabulary: service.vocabulary)
        let topLogprobs = try topLogprobs(body)
        config.logprobs = topLogprobs.map { max(1, $0) } ?? 0
        let jobs = ReplyJob(prompt: prompt, config: config).repeated(body.integer("n") ?? 1)
        let group = try service.start(jobs, sessionID: body.sessionID)
        let head = ReplyHead(service, idPrefix: "chatcmpl-", sessionID: body.sessionID)
        let logprobs = topLogprobs.map { ChatLogprobs(texts: TokenTexts(service.pipeline), top: $0) }
        if body.boolean("stream") == true {
            let includesUsage = body["stream_options"]?.member("include_usage")?.isTrue ?? false
            let stream = try await ReplyStream(group) {
                ChatChunkEncoder(
                    head: head, count: jobs.count, logprobs: logprobs, includesUsage: includesUsage)
            }
            return .stream(stream)
        }
        let texts = TokenTexts(service.pipeline)
        let replies = try await group.collect { piece in
            if logprobs != nil { piece.logprobs = texts.withoutEnding(piece) }
        }
        return .json(completion(replies, head, logprobs))
    }

    private func prompt(_ body: RequestBody) throws(ServingError) -> Prompt {
        guard let node = body["messages"] else { return .messages([]) }
        guard body.boolean("do_preprocess") == false else { return .messages(ChatMessages.messages(node)) }
        guard let text = node.text else {
            throw .field("messages", found: node.kind, expected: "a string when do_preprocess is false")
        }
        return .raw(text.string)
    }

    /// How many of the most likely tokens to name; `nil` when nothing is asked for.
    private func topLogprobs(_ body: RequestBody) throws(ServingError) -> Int? {
        let top = body.integer("top_logprobs")
        guard body.boolean("logprobs") == true else {
            if let top, top > 0 {
                throw .field(
                    "top_logprobs", found: "\(top) without logprobs", expected: "logprobs to be true")
            }
            return nil
        }
        return top ?? 0
    }

    private func completion(
        _ replies: [CollectedReply], _ head: ReplyHead, _ logprobs: ChatLogprobs?
    ) -> JSONOutput {
        let choices = replies.enumerated().map { index, reply -> JSONOutput in
            [
                "index": .integer(index),
                "message": ["role": "assistant", "content": .string(reply.text), "refusal": nil],
                "logprobs": logprobs?.output(reply.logprobs) ?? .null,
                "finish_reason": .string(reply.finishReason.rawValue),
            ]
        }
        return head.object(
            "chat.completion", choices: choices,
            usage: TokenUsage(replies, repliesPerPrompt: replies.count).openAI)
    }
}

/// What all chunks of a reply have in common.
struct ReplyHead: Sendable {
    let id: String
    let created = InferenceService.now
    let model: String

    /// - Parameter sessionID: becomes the id, as LMDeploy has it.
    init(_ service: InferenceService, idPrefix: String, sessionID: UInt64? = nil) {
        id = sessionID.map { "\($0)" } ?? Identifier.make(idPrefix)
        model = service.modelName
    }

    func object(_ kind: String, choices: [JSONOutput], usage: JSONOutput? = nil) -> JSONOutput {
        let object: JSONOutput = [
            "id": .string(id), "object": .string(kind), "created": .integer(created),
            "model": .string(model), "choices": .array(choices),
        ]
        return usage.map { object.adding(["usage": $0]) } ?? object
    }
}

extension ReplyJob {
    /// The same job several times; with a seed, each has a seed of its own.
    func repeated(_ count: Int) -> [ReplyJob] {
        (0..<count).map { index in
            var job = self
            job.config.randomSeed = config.randomSeed.map { $0 &+ UInt64(index) }
            return job
        }
    }
}

extension RequestBody {
    /// The number that the client gave the request.
    var sessionID: UInt64? { integer("session_id").flatMap { UInt64(exactly: $0) } }
}

extension JSONNode {
    var isTrue: Bool {
        if case .boolean(true) = value { true } else { false }
    }
}
