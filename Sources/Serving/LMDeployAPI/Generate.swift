internal import JSON
internal import LMDeploy

/// `POST /generate`
package struct Generate: Endpoint {
    package static let paths = ["/generate"]
    package static let summary = "Goes on with a text or token ids, and tells the reply's token ids."
    package static let schema = RequestSchema(
        "GenerateRequest",
        [
            .init("prompt", .string, "A text; this or input_ids."),
            .init("input_ids", .tokens, "Token ids; these or prompt."),
            .init("max_tokens", .integer(1...Int(Int32.max)), usual: "128", "Most tokens of the reply."),
            .init("stream", .boolean, usual: "false", "Sends the reply while it is generated."),
            .init("return_logprob", .boolean, usual: "false", "Tells how likely each token was."),
            .init("session_id", .integer(-1...Int.max), usual: "-1", "A number by which it can be aborted."),
            .unavailable("image_data", "models here read text only"),
            .unavailable("return_routed_experts", unless: ["false"], "experts are not reported"),
        ] + SamplingFields.fields())

    private let service: InferenceService

    package init(_ service: InferenceService) { self.service = service }

    package func respond(_ body: RequestBody) async throws(ServingError) -> ServedReply {
        let prompt: [Int32]
        switch (body.string("prompt"), body.tokens("input_ids")) {
        case (let text?, nil): prompt = try service.tokens(of: .raw(text), field: "prompt")
        case (nil, let tokens?): prompt = try service.tokens(of: .tokens(tokens), field: "input_ids")
        case (.some, .some):
            throw .field("prompt", found: "given beside input_ids", expected: "one of the two")
        case (nil, nil): throw .field("prompt", found: "missing, as is input_ids", expected: "one of the two")
        }
        var config = try SamplingFields.config(
            body, maxNewTokens: body.integer("max_tokens") ?? 128, vocabulary: service.vocabulary)
        let wantsLogprobs = body.boolean("return_logprob") == true
        config.logprobs = wantsLogprobs ? 1 : 0
        let group = try service.start([ReplyJob(prompt: prompt, config: config)], sessionID: body.sessionID)
        if body.boolean("stream") == true {
            return .stream(try await ReplyStream(group) { GenerateEncoder(wantsLogprobs: wantsLogprobs) })
        }
        let reply = try await group.collect().first ?? CollectedReply()
        return .json(GenerateEncoder.output(reply, wantsLogprobs: wantsLogprobs, isFinished: true))
    }
}

/// Parts of a reply of `/generate`, each with what is new.
struct GenerateEncoder: ReplyEncoder {
    let wantsLogprobs: Bool
    private var isFinished = false

    init(wantsLogprobs: Bool) { self.wantsLogprobs = wantsLogprobs }

    mutating func encode(_ piece: Response) -> [ReplyEvent] {
        var part = CollectedReply()
        part.append(piece)
        isFinished = piece.finishReason != nil
        return [ReplyEvent(Self.output(part, wantsLogprobs: wantsLogprobs, isFinished: isFinished))]
    }

    func end() -> [ReplyEvent] {
        if isFinished { return [.done] }
        let last = Self.output(CollectedReply(), wantsLogprobs: wantsLogprobs, isFinished: true)
        return [ReplyEvent(last), .done]
    }

    func failure(_ error: ServingError) -> [ReplyEvent] { [ReplyEvent(error.openAIBody), .done] }

    static func output(_ reply: CollectedReply, wantsLogprobs: Bool, isFinished: Bool) -> JSONOutput {
        let reason: JSONOutput = isFinished ? ["type": .string(reply.finishReason.rawValue)] : .null
        var information: JSONOutput = [
            "prompt_tokens": .integer(reply.promptTokens), "completion_tokens": .integer(reply.replyTokens),
            "cached_tokens": .integer(reply.cachedTokens), "finish_reason": reason,
        ]
        if wantsLogprobs {
            let entries = reply.logprobs.map { entry -> JSONOutput in
                [.float(entry.chosen.logprob), .integer(Int(entry.chosen.id))]
            }
            information = information.adding(["output_token_logprobs": .array(entries)])
        }
        return [
            "text": .string(reply.text), "output_ids": .tokens(reply.tokenIDs), "meta_info": information,
        ]
    }
}

/// `POST /abort_request`
package struct AbortRequest: Endpoint {
    package static let paths = ["/abort_request"]
    package static let summary = "Ends replies that are being generated."
    package static let schema = RequestSchema(
        "AbortRequest",
        [
            .init("abort_all", .boolean, usual: "false", "Ends all replies; this or session_id."),
            .init("session_id", .integer(-1...Int.max), usual: "-1", "Ends the replies with this number."),
            .informative("finished_reason", .string, "Replies that are ended say 'abort'."),
            .informative("abort_message", .string, "Replies that are ended say 'abort'."),
        ])

    private let service: InferenceService

    package init(_ service: InferenceService) { self.service = service }

    package func respond(_ body: RequestBody) async throws(ServingError) -> ServedReply {
        guard service.settings.allowsAbort else {
            throw ServingError(
                .notImplemented,
                "requests cannot be aborted here: start the server with --enable-abort-handling")
        }
        if body.boolean("abort_all") == true {
            return .json(["aborted": .integer(service.running.abort())])
        }
        guard let id = body.sessionID else {
            throw .field("session_id", found: "missing", expected: "a number, or abort_all to be true")
        }
        return .json(["aborted": .integer(service.running.abort(sessionID: id))])
    }
}
