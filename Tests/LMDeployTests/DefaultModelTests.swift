import Checkpoints
import LMDeploy
import ModelTestSupport
import Tensors
import TestSupport
import Testing

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The default model against Hugging Face transformers.
/// `make test` fetches the model first; without it these tests say so, and fail where `CI` is `true`.
@Suite(
    .serialized, .enabled(if: DefaultModelFile.isUsable, "run `make test`, which fetches the default model"))
struct DefaultModelTests {
    private struct Greedy: Decodable {
        struct Conversation: Decodable {
            let name: String
            let prompt: [Int32]
            let reply: [Int32]
            let finished: Bool
            let rendered: String
            let messages: [[String: String]]
            let text: String
        }
        let conversations: [Conversation]
    }

    private struct Perplexity: Decodable {
        let window: Int
        let ids: [Int32]
        let meanNegativeLogLikelihood: Double

        private enum CodingKeys: String, CodingKey {
            case window, ids
            case meanNegativeLogLikelihood = "mean_negative_log_likelihood"
        }
    }

    private struct TopLogits: Decodable {
        struct Prompt: Decodable {
            let prompt: [Int32]
            let ids: [Int32]
            let logits: [Float]
        }
        let prompts: [Prompt]
    }

    /// Most tokens of a greedy reply in the golden.
    private static let replyTokens = 64

    @Test func greedyRepliesInFP32EqualTransformersTokenForToken() throws {
        let golden = try GoldenFile.json("default-model/greedy.json", as: Greedy.self)
        let harness = try ModelHarness(
            path: try DefaultModelFile.path(), override: .fp32, isa: .best, threads: Machine.physicalCores())
        #expect(golden.conversations.count == 20)
        for conversation in golden.conversations {
            let stop = conversation.finished ? conversation.reply.last.map { Set([$0]) } ?? [] : []
            let reply = harness.greedy(conversation.prompt, count: Self.replyTokens, stop: stop)
            #expect(reply == conversation.reply, "\(conversation.name)")
        }
    }

    @Test func topLogitsInFP32EqualTransformers() throws {
        let golden = try GoldenFile.json("default-model/top-logits.json", as: TopLogits.self)
        let harness = try ModelHarness(path: try DefaultModelFile.path(), override: .fp32, isa: .best)
        for prompt in golden.prompts {
            let row = harness.logits(prompt.prompt)
            for (id, logit) in zip(prompt.ids, prompt.logits) {
                // Logits here are of order 30: 2e-3 is a relative error below 1e-4.
                #expect(abs(row[Int(id)] - logit) < 2e-3)
            }
        }
    }

    @Test(arguments: [(WeightFormat.Storage?.some(.fp32), 0.001), (nil, 0.01)])
    func perplexityIsThatOfTransformers(storage: WeightFormat.Storage?, tolerance: Double) throws {
        let golden = try GoldenFile.json("default-model/perplexity.json", as: Perplexity.self)
        let chunk = 128
        let harness = try ModelHarness(
            path: try DefaultModelFile.path(), override: storage, isa: .best,
            threads: Machine.physicalCores(),
            maxBatchSize: chunk)
        var sum = 0.0
        var count = 0
        for start in stride(from: 0, to: golden.ids.count, by: golden.window) {
            let window = Array(golden.ids[start..<min(start + golden.window, golden.ids.count)])
            let part = harness.negativeLogLikelihood(window, chunk: chunk)
            sum += part.sum
            count += part.count
        }
        let found = exp(sum / Double(count))
        let expected = exp(golden.meanNegativeLogLikelihood)
        print("perplexity \(found), transformers \(expected), ratio \(found / expected)")
        #expect(abs(found / expected - 1) < tolerance)
    }

    @Test func promptsAreRenderedAndTokenizedAsTransformersDoes() throws {
        let golden = try GoldenFile.json("default-model/greedy.json", as: Greedy.self)
        let pipeline = try Pipeline(try DefaultModelFile.path(), backendConfig: .init(maxBatchSize: 1))
        for conversation in golden.conversations {
            let messages = conversation.messages.map {
                Message(role: $0["role"] ?? "", content: $0["content"] ?? "")
            }
            #expect(
                try pipeline.tokens(of: .messages(messages)) == conversation.prompt, "\(conversation.name)")
            #expect(try pipeline.tokens(of: .raw(conversation.rendered)) == conversation.prompt)
            #expect(pipeline.text(of: conversation.reply) == conversation.text)
        }
    }

    @Test func idsOfHardTextEqualHuggingFaceTokenizers() throws {
        struct Golden: Decodable {
            struct Case: Decodable {
                let text: String
                let ids: [Int32]
                let decoded: String
                let decodedAll: String
            }
            let cases: [Case]
        }
        let golden = try GoldenFile.json(
            "../TokenizationTests/Fixtures/smollm2-default-model.json", as: Golden.self)
        let pipeline = try Pipeline(try DefaultModelFile.path(), backendConfig: .init(maxBatchSize: 1))
        #expect(golden.cases.count > 20)
        for test in golden.cases {
            #expect(try pipeline.tokens(of: .raw(test.text)) == test.ids, "\(test.text.prefix(40))")
            #expect(Array(pipeline.text(of: test.ids).utf8) == Array(test.decoded.utf8))
            let all = pipeline.text(of: test.ids, skipSpecialTokens: false)
            #expect(Array(all.utf8) == Array(test.decodedAll.utf8))
        }
    }

    @Test func chunksThreadsAndInstructionSetsKeepTheirPromisesOnARealModel() throws {
        let golden = try GoldenFile.json("default-model/perplexity.json", as: Perplexity.self)
        let prompt = Array(golden.ids.prefix(330))
        for isa in InstructionSet.allCases where isa.isSupported && isa != .generic {
            let path = try DefaultModelFile.path()
            let one = try ModelHarness(path: path, override: nil, isa: isa, threads: 1)
            let whole = one.logits(prompt)
            for chunk in [7, 64, 300] {
                #expect(one.logits(prompt, chunk: chunk) == whole, "chunks of \(chunk)")
            }
            let two = try ModelHarness(path: path, override: nil, isa: isa, threads: 2)
            #expect(two.logits(prompt) == whole, "\(isa.rawValue), 2 threads")
        }
    }
}
