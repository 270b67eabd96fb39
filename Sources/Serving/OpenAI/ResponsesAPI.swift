internal import LMDeploy

/// `POST /v1/responses`
package struct ResponsesAPI: Endpoint {
    package static let paths = ["/v1/responses"]
    package static let schema = ResponsesFields.schema
    package static let summary = "Replies to a conversation, as OpenAI's newer API does; nothing is stored."

    private let service: InferenceService

    package init(_ service: InferenceService) { self.service = service }

    package func respond(_ body: RequestBody) async throws(ServingError) -> ServedReply {
        try service.checkModel(body.string("model"))
        let prompt = try service.tokens(of: .messages(ResponsesFields.conversation(body)), field: "input")
        let asked = body.integer("max_output_tokens")
        let config = try SamplingFields.config(
            body, maxNewTokens: service.replyRoom(asked, promptTokens: prompt.count),
            vocabulary: service.vocabulary)
        let group = try service.start([ReplyJob(prompt: prompt, config: config)])
        let object = ResponseObject(service, config, asked: asked, instructions: body.string("instructions"))
        if body.boolean("stream") == true {
            return .stream(try await ReplyStream(group) { ResponsesEncoder(object: object) })
        }
        return .json(object.output(try await group.collect().first ?? CollectedReply()))
    }
}

/// A response of OpenAI's newer API in its states.
struct ResponseObject: Sendable {
    let id = Identifier.make("resp_")
    let messageID = Identifier.make("msg_")
    private let created = InferenceService.now
    private let model: String
    private let config: GenerationConfig
    private let asked: Int?
    private let instructions: String?

    init(_ service: InferenceService, _ config: GenerationConfig, asked: Int?, instructions: String?) {
        model = service.modelName
        self.config = config
        self.asked = asked
        self.instructions = instructions
    }

    /// The response when the reply is there.
    func output(_ reply: CollectedReply) -> JSONOutput {
        let status = Self.status(reply.finishReason)
        let usage: JSONOutput = [
            "input_tokens": .integer(reply.promptTokens),
            "input_tokens_details": ["cached_tokens": .integer(reply.cachedTokens)],
            "output_tokens": .integer(reply.replyTokens), "output_tokens_details": ["reasoning_tokens": 0],
            "total_tokens": .integer(reply.promptTokens + reply.replyTokens),
        ]
        let reason: String? =
            switch reply.finishReason {
            case .stop: nil
            case .length: "max_output_tokens"
            case .abort: "aborted"
            }
        return output(
            status: status, items: [item(reply.text, status: status)], usage: usage,
            incomplete: reason.map { ["reason": .string($0)] } ?? .null)
    }

    static func status(_ reason: FinishReason) -> String { reason == .stop ? "completed" : "incomplete" }

    func output(
        status: String, items: [JSONOutput] = [], usage: JSONOutput = .null, incomplete: JSONOutput = .null,
        error: JSONOutput = .null
    ) -> JSONOutput {
        [
            "id": .string(id), "object": "response", "created_at": .integer(created),
            "status": .string(status), "error": error, "incomplete_details": incomplete,
            "instructions": .optional(instructions),
            "max_output_tokens": asked.map { .integer($0) } ?? .null, "model": .string(model),
            "output": .array(items), "parallel_tool_calls": false, "previous_response_id": nil,
            "store": false, "temperature": .float(config.temperature), "text": ["format": ["type": "text"]],
            "tool_choice": "none", "tools": [], "top_p": .float(config.topP), "truncation": "disabled",
            "usage": usage, "metadata": [:],
        ]
    }

    func item(_ text: String?, status: String) -> JSONOutput {
        [
            "type": "message", "id": .string(messageID), "status": .string(status), "role": "assistant",
            "content": text.map { [part($0)] } ?? [],
        ]
    }

    func part(_ text: String) -> JSONOutput {
        ["type": "output_text", "text": .string(text), "annotations": [], "logprobs": []]
    }
}

/// Events of a response.
struct ResponsesEncoder: ReplyEncoder {
    private let object: ResponseObject
    private var reply = CollectedReply()
    private var number = 0

    init(object: ResponseObject) { self.object = object }

    mutating func begin() -> [ReplyEvent] {
        [
            event("response.created", ["response": object.output(status: "in_progress")]),
            event("response.in_progress", ["response": object.output(status: "in_progress")]),
            event(
                "response.output_item.added",
                ["output_index": 0, "item": object.item(nil, status: "in_progress")]),
            event("response.content_part.added", place(["part": object.part("")])),
        ]
    }

    mutating func encode(_ piece: Response) -> [ReplyEvent] {
        reply.append(piece)
        guard !piece.text.isEmpty else { return [] }
        return [event("response.output_text.delta", place(["delta": .string(piece.text), "logprobs": []]))]
    }

    mutating func end() -> [ReplyEvent] {
        let status = ResponseObject.status(reply.finishReason)
        return [
            event("response.output_text.done", place(["text": .string(reply.text), "logprobs": []])),
            event("response.content_part.done", place(["part": object.part(reply.text)])),
            event(
                "response.output_item.done",
                ["output_index": 0, "item": object.item(reply.text, status: status)]),
            event("response.\(status)", ["response": object.output(reply)]),
        ]
    }

    mutating func failure(_ error: ServingError) -> [ReplyEvent] {
        let reason: JSONOutput = ["code": .string(error.code), "message": .string(error.message)]
        return [event("response.failed", ["response": object.output(status: "failed", error: reason)])]
    }

    /// Where in the response a text is.
    private func place(_ members: JSONOutput) -> JSONOutput {
        members.adding(["item_id": .string(object.messageID), "output_index": 0, "content_index": 0])
    }

    private mutating func event(_ name: String, _ members: JSONOutput) -> ReplyEvent {
        defer { number += 1 }
        return ReplyEvent(
            members.adding(["type": .string(name), "sequence_number": .integer(number)]), name: name)
    }
}
