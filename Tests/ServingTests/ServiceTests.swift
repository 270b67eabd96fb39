import JSON
import LMDeploy
import Serving
import TestSupport
import Testing

/// Requests answered by the default model, without a transport.
@Suite(
    .serialized, .enabled(if: DefaultModelFile.isUsable, "run `make test`, which fetches the default model"))
struct ServiceTests {
    private func service(_ change: (inout ServiceSettings) -> Void = { _ in }) throws -> InferenceService {
        var settings = ServiceSettings()
        change(&settings)
        let config = TurbomindEngineConfig(
            sessionLength: 512, maxBatchSize: 4, kvCacheBytes: 64 << 20, threads: 2)
        return InferenceService(
            try Pipeline(try DefaultModelFile.path(), backendConfig: config), settings: settings)
    }

    private func answer(_ endpoint: any Endpoint, _ body: String) async throws -> JSONOutput {
        let decoded = try type(of: endpoint).schema.decode(Array(body.utf8))
        guard case .json(let output) = try await endpoint.respond(decoded) else {
            throw ServingError(.internal, "the reply is a stream")
        }
        return output
    }

    private func events(_ endpoint: any Endpoint, _ body: String) async throws -> [ReplyEvent] {
        let decoded = try type(of: endpoint).schema.decode(Array(body.utf8))
        guard case .stream(let stream) = try await endpoint.respond(decoded) else {
            throw ServingError(.internal, "the reply is no stream")
        }
        var events: [ReplyEvent] = []
        try await stream.run { events += $0 }
        return events
    }

    private func text(_ output: JSONOutput?) -> String? {
        guard case .string(let text) = output else { return nil }
        return text
    }

    private func elements(_ output: JSONOutput?) -> [JSONOutput] {
        guard case .array(let elements) = output else { return [] }
        return elements
    }

    @Test func aReplyIsThePipelinesReplyStreamedOrNot() async throws {
        let service = try service()
        let message = Message(role: "user", content: "Tell me a story.")
        var config = GenerationConfig(
            maxNewTokens: 40, doSample: true, topP: 0.9, topK: 20, temperature: 0.8, randomSeed: 7)
        let whole = try await service.pipeline.infer([.messages([message])], config)[0]
        let fields =
            #""messages":"Tell me a story.","max_tokens":40,"top_p":0.9,"top_k":20,"temperature":0.8"#
        let reply = try await answer(
            ChatCompletions(service), #"{\#(fields),"seed":7,"n":2,"logprobs":true}"#)
        let choices = elements(reply["choices"])
        #expect(text(choices[0]["message"]?["content"]) == whole.text)
        #expect(reply["usage"]?["prompt_tokens"] == .integer(whole.inputTokenLength))
        config.randomSeed = 8
        let second = try await service.pipeline.infer([.messages([message])], config)[0]
        #expect(text(choices[1]["message"]?["content"]) == second.text)

        let streamed = try await events(
            ChatCompletions(service),
            #"{\#(fields),"seed":7,"n":2,"stream":true,"stream_options":{"include_usage":true}}"#)
        var texts = ["", ""]
        for choice in streamed.compactMap({ elements($0.data?["choices"]).first }) {
            guard case .integer(let index) = choice["index"] else { continue }
            texts[index] += text(choice["delta"]?["content"]) ?? ""
        }
        #expect(texts == [whole.text, second.text])
        #expect(streamed.last == .done)
        #expect(streamed.dropLast().last?.data?["usage"] == reply["usage"])
    }

    @Test func logprobsAreThoseOfTheTokensOfTheText() async throws {
        let service = try service()
        let reply = try await answer(
            ChatCompletions(service),
            #"{"messages":"Name three colours.","temperature":0,"logprobs":true,"top_logprobs":3}"#)
        let choice = elements(reply["choices"])[0]
        let entries = elements(choice["logprobs"]?["content"])
        #expect(entries.compactMap { text($0["token"]) }.joined() == text(choice["message"]?["content"]))
        for entry in entries {
            let top = elements(entry["top_logprobs"])
            #expect(top.count == 3 && top[0]["token"] == entry["token"])
        }
    }

    @Test func completionsOfSeveralPromptsKeepTheirPlaces() async throws {
        let service = try service()
        let both = try await answer(
            Completions(service),
            #"{"prompt":["The capital of France is","One, two, three,"],"temperature":0,"max_tokens":8,"echo":true}"#
        )
        let choices = elements(both["choices"])
        for (index, prompt) in ["The capital of France is", "One, two, three,"].enumerated() {
            let config = GenerationConfig(maxNewTokens: 8)
            let alone = try await service.pipeline.infer([.raw(prompt)], config)[0]
            #expect(text(choices[index]["text"]) == prompt + alone.text)
            #expect(choices[index]["index"] == .integer(index))
        }
    }

    @Test func theBestRepliesAreTheLikeliest() async throws {
        let service = try service()
        let fields = #""prompt":"Once upon a time","seed":3,"temperature":1,"max_tokens":8,"logprobs":0"#
        func mean(_ choice: JSONOutput) -> Double {
            let values = elements(choice["logprobs"]?["token_logprobs"]).compactMap { output -> Double? in
                if case .number(let value) = output { value } else { nil }
            }
            return values.reduce(0, +) / Double(values.count)
        }
        let all = try await answer(Completions(service), #"{\#(fields),"n":4}"#)
        let best = try await answer(Completions(service), #"{\#(fields),"n":1,"best_of":4}"#)
        let likeliest = elements(all["choices"]).max { mean($0) < mean($1) }
        #expect(elements(best["choices"])[0]["text"] == likeliest?["text"])
    }

    @Test func vectorsHaveLengthOneAndDependOnTheirTextAlone() async throws {
        let service = try service()
        func vectors(_ input: String) async throws -> [[Double]] {
            let reply = try await answer(Embeddings(service), #"{"input":\#(input)}"#)
            return elements(reply["data"]).map { item in
                elements(item["embedding"]).compactMap {
                    if case .number(let value) = $0 { value } else { nil }
                }
            }
        }
        let together = try await vectors(
            #"["The cat sat on the mat.","Stocks fell on Monday.","A cat is sitting."]"#)
        let alone = try await vectors(#""The cat sat on the mat.""#)
        #expect(alone[0] == together[0])
        func product(_ left: [Double], _ right: [Double]) -> Double {
            zip(left, right).reduce(0) { $0 + $1.0 * $1.1 }
        }
        for vector in together { #expect(abs(product(vector, vector) - 1) < 1e-5 && vector.count == 576) }
        #expect(product(together[0], together[2]) > product(together[0], together[1]))
    }

    @Test func aSessionGoesOnUntilItIsEnded() async throws {
        let service = try service()
        let fields = #""session_id":5,"interactive_mode":true,"temperature":0,"request_output_len":16"#
        let first = try await answer(Interactive(service), #"{"prompt":"Name three colours.",\#(fields)}"#)
        let lines = try await events(
            Interactive(service), #"{"prompt":"And three animals.","stream":true,\#(fields)}"#)
        let messages = [
            Message(role: "user", content: "Name three colours."),
            Message(role: "assistant", content: text(first["text"]) ?? ""),
            Message(role: "user", content: "And three animals."),
        ]
        let config = GenerationConfig(maxNewTokens: 16)
        let whole = try await service.pipeline.infer([.messages(messages)], config)[0]
        #expect(lines.compactMap { text($0.data?["text"]) }.joined() == whole.text)
        #expect(lines.last?.data?["finish_reason"] == .string("length"))
        #expect(lines.last?.data?["history_tokens"] != 0)
        _ = try await answer(
            Interactive(service),
            #"{"prompt":"","session_id":5,"interactive_mode":false,"request_output_len":0}"#)
        #expect(service.pipeline.knownSession(id: 5) == nil)
        let again = try await answer(Interactive(service), #"{"prompt":"Name three colours.",\#(fields)}"#)
        #expect(again["text"] == first["text"] && again["history_tokens"] == 0)
    }

    @Test func tooManyRequestsAreRefusedAndPlacesComeBack() async throws {
        let service = try service { $0.maxConcurrentRequests = 2 }
        let prompt = try service.tokens(of: .text("Tell me a story."), field: "prompt")
        let job = ReplyJob(prompt: prompt, config: GenerationConfig(maxNewTokens: 300, ignoreEOS: true))
        var group: ReplyGroup? = try service.start([job, job])
        let refusal = #expect(throws: ServingError.self) { try service.start([job]) }
        #expect(refusal?.status == 429 && refusal?.retryAfterSeconds != nil)
        #expect(group?.count == 2)
        // Nobody reads the replies any more.
        group = nil
        await service.running.waitUntilIdle()
        #expect(service.running.count == 0)
        let tooMany = #expect(throws: ServingError.self) { try service.start([job, job, job]) }
        #expect(tooMany?.status == 400)
    }

    @Test func aServiceThatShutsDownRefusesAndEndsWhatRuns() async throws {
        let service = try service()
        let prompt = try service.tokens(of: .text("Tell me a story."), field: "prompt")
        let job = ReplyJob(prompt: prompt, config: GenerationConfig(maxNewTokens: 400, ignoreEOS: true))
        let group = try service.start([job], sessionID: 9)
        service.running.beginDraining()
        let refusal = #expect(throws: ServingError.self) { try service.start([job]) }
        #expect(refusal?.status == 503)
        #expect(service.running.abort(sessionID: 8) == 0)
        #expect(service.running.abort(sessionID: 9) == 1)
        let reply = try await group.collect()[0]
        #expect(reply.finishReason == .abort && reply.replyTokens < 400)
        await service.running.waitUntilIdle()
    }

    @Test func aRequestThatTakesTooLongEndsInAnError() async throws {
        let service = try service { $0.requestTimeout = .milliseconds(50) }
        let error = await #expect(throws: ServingError.self) {
            try await answer(ChatCompletions(service), #"{"messages":"Tell me a story.","ignore_eos":true}"#)
        }
        #expect(error?.status == 504)
    }

    @Test func textsBecomeTokensAndBack() async throws {
        let service = try service()
        let encoded = try await answer(EncodeText(service), #"{"input":["Hello wörld","a"]}"#)
        let tokens = elements(encoded["input_ids"])[0]
        let back = try await answer(DetokenizeText(service), #"{"tokens":\#(tokens.text)}"#)
        #expect(back["prompt"] == "Hello wörld")
        let tokenized = try await answer(TokenizeText(service), #"{"prompt":"Hello wörld"}"#)
        #expect(tokenized["tokens"] == tokens && tokenized["max_model_len"] == 512)
        let chat = try await answer(
            TokenizeText(service), #"{"messages":[{"role":"user","content":"Hello"}]}"#)
        let counted = try await answer(
            MessageTokenCount(service),
            #"{"model":"\#(service.modelName)","messages":[{"role":"user","content":"Hello"}]}"#)
        #expect(chat["count"] == counted["input_tokens"])
    }

    @Test func metricsCountWhatWasGenerated() async throws {
        let service = try service()
        let reply = try await answer(
            Generate(service), #"{"prompt":"One, two,","max_tokens":5,"ignore_eos":true}"#)
        #expect(elements(reply["output_ids"]).count == 5)
        await service.running.waitUntilIdle()
        let text = service.metrics.text(of: service)
        let labels = #"{model_name="\#(service.modelName)",engine="0"}"#
        #expect(text.contains("lmdeploy:generation_tokens_total\(labels) 5\n"))
        #expect(text.contains("lmdeploy:time_to_first_token_seconds_count\(labels) 1\n"))
        #expect(text.contains(#"engine="0",finished_reason="length"} 1"#))
    }
}
