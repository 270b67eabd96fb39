internal import JSON
internal import LMDeploy

/// `POST /v1/completions`
package struct Completions: Endpoint {
    package static let paths = ["/v1/completions"]
    package static let schema = CompletionFields.schema
    package static let summary = "Goes on with texts."

    private let service: InferenceService

    package init(_ service: InferenceService) { self.service = service }

    package func respond(_ body: RequestBody) async throws(ServingError) -> ServedReply {
        try service.checkModel(body.string("model"))
        let isStreamed = body.boolean("stream") == true
        let count = body.integer("n") ?? 1
        let bestOf = body.integer("best_of") ?? count
        try check(body, isStreamed: isStreamed, count: count, bestOf: bestOf)
        let top = body.integer("logprobs")
        let prompts = try PromptList.prompts(body["prompt"], field: "prompt", service)
        var jobs: [ReplyJob] = []
        for prompt in prompts {
            var config = try SamplingFields.config(
                body, maxNewTokens: body.integer("max_tokens") ?? 16, vocabulary: service.vocabulary)
            config.logprobs = max(top.map { max(1, $0) } ?? 0, bestOf > count ? 1 : 0)
            jobs += ReplyJob(prompt: prompt.tokens, config: config).repeated(bestOf)
        }
        let group = try service.start(jobs, sessionID: body.sessionID)
        let head = ReplyHead(service, idPrefix: "cmpl-", sessionID: body.sessionID)
        let texts = TokenTexts(service.pipeline)
        let logprobs = top.map { CompletionLogprobs(texts: texts, top: $0) }
        let echoes = body.boolean("echo") == true ? prompts.map(\.text) : []
        if isStreamed {
            let includesUsage = body["stream_options"]?.member("include_usage")?.isTrue ?? false
            let replyCount = jobs.count
            let stream = try await ReplyStream(group) {
                CompletionChunkEncoder(
                    head: head, count: replyCount, repliesPerPrompt: count, echoes: echoes,
                    logprobs: logprobs, includesUsage: includesUsage)
            }
            return .stream(stream)
        }
        let replies = try await group.collect { $0.logprobs = texts.withoutEnding($0) }
        let usage = TokenUsage(replies, repliesPerPrompt: bestOf).openAI
        var choices: [JSONOutput] = []
        for prompt in prompts.indices {
            let candidates = Array(replies[prompt * bestOf..<(prompt + 1) * bestOf])
            let best = bestOf > count ? Self.likeliest(candidates, count) : candidates
            for reply in best {
                choices.append([
                    "index": .integer(choices.count),
                    "text": .string((echoes.isEmpty ? "" : echoes[prompt]) + reply.text),
                    "logprobs": logprobs?.output(reply.logprobs, offset: 0) ?? .null,
                    "finish_reason": .string(reply.finishReason.rawValue),
                ])
            }
        }
        return .json(head.object("text_completion", choices: choices, usage: usage))
    }

    private func check(
        _ body: RequestBody, isStreamed: Bool, count: Int, bestOf: Int
    ) throws(ServingError) {
        if bestOf < count {
            throw .field("best_of", found: "\(bestOf)", expected: "at least n, which is \(count)")
        }
        if isStreamed, bestOf > count {
            throw .field(
                "best_of", found: "\(bestOf)", expected: "the same as n, \(count), when stream is true")
        }
        if body.boolean("echo") == true, body["logprobs"] != nil {
            throw ServingError(
                .unsupportedField,
                "logprobs is given together with echo, and logprobs of prompts are not available: leave one out, "
                    + "or ask /get_ppl",
                parameter: "logprobs")
        }
    }

    private static func likeliest(_ replies: [CollectedReply], _ count: Int) -> [CollectedReply] {
        func mean(_ reply: CollectedReply) -> Double {
            let sum = reply.logprobs.reduce(0.0) { $0 + Double($1.chosen.logprob) }
            return reply.logprobs.isEmpty ? -Double.infinity : sum / Double(reply.logprobs.count)
        }
        let order = replies.indices.sorted { left, right in
            let (first, second) = (mean(replies[left]), mean(replies[right]))
            return first != second ? first > second : left < right
        }
        return order.prefix(count).map { replies[$0] }
    }
}

/// One prompt of a request.
struct ListedPrompt: Sendable {
    let text: String
    let tokens: [Int32]
}

/// Prompts that are given as text or tokens, one or several.
enum PromptList {
    static func prompts(
        _ node: JSONNode?, field: String, _ service: InferenceService
    ) throws(ServingError) -> [ListedPrompt] {
        guard let node else { return [] }
        if let text = node.text { return [try prompt(text.string, field, service)] }
        if let tokens = node.tokens { return [try prompt(tokens, field, service)] }
        var prompts: [ListedPrompt] = []
        guard let elements = node.elements else { return [] }
        for (index, element) in elements.enumerated() {
            let field = "\(field)[\(index)]"
            if let text = element.text {
                prompts.append(try prompt(text.string, field, service))
            } else {
                prompts.append(try prompt(element.tokens ?? [], field, service))
            }
        }
        return prompts
    }

    private static func prompt(
        _ text: String, _ field: String, _ service: InferenceService
    ) throws(ServingError) -> ListedPrompt {
        ListedPrompt(text: text, tokens: try service.tokens(of: .raw(text), field: field))
    }

    private static func prompt(
        _ tokens: [Int32], _ field: String, _ service: InferenceService
    ) throws(ServingError) -> ListedPrompt {
        let tokens = try service.tokens(of: .tokens(tokens), field: field)
        return ListedPrompt(
            text: service.pipeline.text(of: tokens, skipSpecialTokens: false), tokens: tokens)
    }
}
