internal import JSON
internal import LMDeploy
internal import Tokenization

private let modelField = RequestField(
    "model", .string, "The model's name, as /v1/models lists it; the served model when absent.")

/// `POST /v1/encode`
package struct EncodeText: Endpoint {
    package static let paths = ["/v1/encode"]
    package static let schema = RequestSchema(
        "EncodeRequest",
        [
            modelField,
            .init(
                "input", .oneOf([.string, .array(of: .string, count: 1...CompletionFields.maximumPrompts)]),
                isRequired: true, "A text, or several."),
            .init("do_preprocess", .boolean, usual: "false", "Applies the chat template first."),
            .init("add_bos", .boolean, usual: "true", "Adds the tokens that a text begins with."),
        ])
    package static let summary = "Turns texts into token ids."

    private let service: InferenceService

    package init(_ service: InferenceService) { self.service = service }

    package func respond(_ body: RequestBody) async throws(ServingError) -> ServedReply {
        try service.checkModel(body.string("model"))
        let appliesTemplate = body.boolean("do_preprocess") == true
        let addsBegin = body.boolean("add_bos") ?? true
        var encoded: [[Int32]] = []
        for text in body.strings("input") {
            if appliesTemplate {
                encoded.append(try service.tokens(of: .text(text), field: "input"))
            } else {
                encoded.append(service.pipeline.tokenizer.encode(text, addSpecialTokens: addsBegin))
            }
        }
        guard body["input"]?.text == nil, !encoded.isEmpty else {
            let tokens = encoded.first ?? []
            return .json(["input_ids": .tokens(tokens), "length": .integer(tokens.count)])
        }
        return .json([
            "input_ids": .array(encoded.map { .tokens($0) }),
            "length": .array(encoded.map { .integer($0.count) }),
        ])
    }
}

/// `POST /tokenize`
package struct TokenizeText: Endpoint {
    package static let paths = ["/tokenize"]
    package static let schema = RequestSchema(
        "TokenizeRequest",
        [
            modelField,
            .init("prompt", .string, "A text; this or messages."),
            .init(
                "messages", .array(of: .object(ChatFields.message), count: 1...65536),
                "A conversation, to which the chat template is applied."),
            .init(
                "add_special_tokens", .boolean, usual: "true", "Adds what surrounds a text; not for messages."
            ),
            .init("return_token_strs", .boolean, usual: "false", "Tells the text of each token."),
        ])
    package static let summary = "Turns a text or a conversation into token ids."

    private let service: InferenceService

    package init(_ service: InferenceService) { self.service = service }

    package func respond(_ body: RequestBody) async throws(ServingError) -> ServedReply {
        try service.checkModel(body.string("model"))
        let tokens: [Int32]
        switch (body.string("prompt"), body["messages"]) {
        case (let text?, nil):
            tokens = service.pipeline.tokenizer.encode(
                text, addSpecialTokens: body.boolean("add_special_tokens") ?? true)
        case (nil, let messages?):
            tokens = try service.tokens(of: .messages(ChatMessages.messages(messages)), field: "messages")
        case (.some, .some):
            throw .field("prompt", found: "given beside messages", expected: "one of the two")
        case (nil, nil):
            throw .field("prompt", found: "missing, as is messages", expected: "one of the two")
        }
        let reply: JSONOutput = [
            "count": .integer(tokens.count), "max_model_len": .integer(service.contextLength),
            "tokens": .tokens(tokens),
        ]
        guard body.boolean("return_token_strs") == true else { return .json(reply) }
        let texts = TokenTexts(service.pipeline)
        return .json(reply.adding(["token_strs": .array(tokens.map { .string(texts.text($0)) })]))
    }
}

/// `POST /detokenize`
package struct DetokenizeText: Endpoint {
    package static let paths = ["/detokenize"]
    package static let schema = RequestSchema(
        "DetokenizeRequest",
        [
            modelField,
            .init(
                "tokens", .array(of: .token, count: 0...FieldKind.longestList), isRequired: true, "Token ids."
            ),
            .init("skip_special_tokens", .boolean, usual: "false", "Leaves special tokens out of the text."),
        ])
    package static let summary = "Turns token ids into the text that they stand for."

    private let service: InferenceService

    package init(_ service: InferenceService) { self.service = service }

    package func respond(_ body: RequestBody) async throws(ServingError) -> ServedReply {
        try service.checkModel(body.string("model"))
        let tokens = try service.tokens(of: .tokens(body.tokens("tokens") ?? []), field: "tokens")
        let skips = body.boolean("skip_special_tokens") ?? false
        return .json(["prompt": .string(service.pipeline.text(of: tokens, skipSpecialTokens: skips))])
    }
}

/// `POST /get_ppl`
package struct TextPerplexity: Endpoint {
    package static let paths = ["/get_ppl"]
    package static let schema = RequestSchema(
        "PerplexityRequest",
        [
            modelField,
            .init(
                "input", .oneOf([.string, .tokens]), isRequired: true,
                "A text or token ids, of two tokens at least."),
        ])
    package static let summary = "How well the model foresees a text: the mean cross-entropy of its tokens."

    private let service: InferenceService

    package init(_ service: InferenceService) { self.service = service }

    package func respond(_ body: RequestBody) async throws(ServingError) -> ServedReply {
        try service.checkModel(body.string("model"))
        let prompt = body.string("input").map(Prompt.raw) ?? .tokens(body.tokens("input") ?? [])
        let tokens = try service.tokens(of: prompt, field: "input")
        let scores = try await service.admitted(1) { service in
            try await service.pipeline.perplexity([.tokens(tokens)])
        }
        return .json(["ppl": .number(scores.first?.meanNegativeLogLikelihood ?? 0)])
    }
}
