import Foundation
import LMDeploy
import TestSupport
import Testing

/// The public library, end to end, on the default model.
@Suite(
    .serialized, .enabled(if: DefaultModelFile.isUsable, "run `make test`, which fetches the default model"))
struct PipelineTests {
    private func pipeline(_ change: (inout TurbomindEngineConfig) -> Void = { _ in }) throws -> Pipeline {
        var config = TurbomindEngineConfig(sessionLength: 1024, maxBatchSize: 4, threads: 2)
        change(&config)
        return try Pipeline(try DefaultModelFile.path(), backendConfig: config)
    }

    private static let prompts: [Prompt] = [
        "Hi, pls intro yourself", "Shanghai is", "What is 2 + 2?", "Name three colours.",
        "Tell me about the sea.",
    ]

    @Test func repliesInABatchEqualRepliesAlone() async throws {
        let pipeline = try pipeline()
        let config = GenerationConfig(
            maxNewTokens: 24, doSample: true, topP: 0.9, topK: 40, temperature: 0.8, repetitionPenalty: 1.1,
            randomSeed: 11)
        // Five prompts on four slots: one waits for a slot.
        let together = try await pipeline.infer(Self.prompts, config)
        #expect(together.map(\.index) == [0, 1, 2, 3, 4])
        for (index, prompt) in Self.prompts.enumerated() {
            let alone = try await pipeline.infer([prompt], config)
            #expect(alone[0].tokenIDs == together[index].tokenIDs)
            #expect(alone[0].text == together[index].text)
        }
    }

    @Test func aModelIsNamedAsOnAHubAndFoundInItsCache() throws {
        let folder = try TemporaryFolder()
        let commit = String(repeating: "1", count: 40)
        let storage = "models--tiny-org--default-model-GGUF/"
        try folder.write(commit, to: storage + "refs/main")
        try folder.write("", to: storage + "snapshots/\(commit)/README.md")
        try FileManager.default.createSymbolicLink(
            atPath: folder.path(storage + "snapshots/\(commit)/default.gguf"),
            withDestinationPath: try DefaultModelFile.path())
        let config = TurbomindEngineConfig(
            sessionLength: 256, maxBatchSize: 1, threads: 2, downloadDirectory: folder.path)
        let pipeline = try Pipeline("tiny-org/default-model-GGUF", backendConfig: config)
        #expect(pipeline.modelName == "default")
    }

    @Test func piecesOfAStreamAddUpToTheReply() async throws {
        let pipeline = try pipeline()
        let config = GenerationConfig(maxNewTokens: 40)
        let whole = try await pipeline.infer(["Name three colours."], config)[0]
        var text = ""
        var tokens: [Int32] = []
        var last: Response?
        for try await piece in try pipeline.stream("Name three colours.", config) {
            #expect(last?.finishReason == nil)
            text += piece.text
            tokens += piece.tokenIDs
            last = piece
        }
        #expect(text == whole.text && tokens == whole.tokenIDs)
        #expect(last?.finishReason == whole.finishReason)
        #expect(last?.generateTokenLength == whole.tokenIDs.count)
    }

    @Test func aSeedRepeatsAReplyAndAnotherSeedChangesIt() async throws {
        let pipeline = try pipeline()
        func reply(seed: UInt64) async throws -> [Int32] {
            let config = GenerationConfig(maxNewTokens: 32, doSample: true, temperature: 1, randomSeed: seed)
            return try await pipeline.infer(["Tell me a story."], config)[0].tokenIDs
        }
        let first = try await reply(seed: 1)
        #expect(try await reply(seed: 1) == first)
        #expect(try await reply(seed: 2) != first)
    }

    @Test func aStopWordThatSpansTokensEndsTheReplyBeforeIt() async throws {
        let pipeline = try pipeline()
        let prompt: Prompt = "Tell me about the sea."
        let free = try await pipeline.infer([prompt], .init(maxNewTokens: 24))[0]
        let scalars = Array(free.text.unicodeScalars)
        try #require(scalars.count > 40)
        // Nine scalars from inside a word reach into the words after it.
        for start in [11, 17, 23] {
            var stop = String.UnicodeScalarView()
            stop.append(contentsOf: scalars[start..<start + 9])
            let config = GenerationConfig(maxNewTokens: 24, stopWords: [String(stop)])
            let stopped = try await pipeline.infer([prompt], config)[0]
            #expect(stopped.finishReason == .stop)
            #expect(!stopped.text.contains(String(stop)))
            #expect((free.text).hasPrefix(stopped.text + String(stop)))
        }
    }

    @Test func lengthsAreKept() async throws {
        let pipeline = try pipeline()
        let short = try await pipeline.infer(["Tell me a story."], .init(maxNewTokens: 5))[0]
        #expect(short.finishReason == .length && short.tokenIDs.count == 5 && short.generateTokenLength == 5)
        let long = try await pipeline.infer(
            ["What is 2 + 2?"], .init(maxNewTokens: 60, ignoreEOS: true, minNewTokens: 60))[0]
        #expect(long.tokenIDs.count == 60)
    }

    @Test func droppingAStreamFreesItsSlot() async throws {
        let pipeline = try pipeline { $0.maxBatchSize = 1 }
        for _ in 0..<3 {
            let config = GenerationConfig(maxNewTokens: 900, ignoreEOS: true)
            for try await piece in try pipeline.stream("Tell me a story.", config)
            where piece.generateTokenLength > 2 {
                break
            }
        }
        let reply = try await pipeline.infer(["What is 2 + 2?"], .init(maxNewTokens: 4))[0]
        #expect(reply.finishReason != .abort && !reply.tokenIDs.isEmpty)
    }

    @Test func aStreamKeepsItsPipelineAlive() async throws {
        func onlyTheStream() throws -> AsyncThrowingStream<Response, any Error> {
            try pipeline().stream("Tell me a story.", .init(maxNewTokens: 30, ignoreEOS: true))
        }
        var last: Response?
        for try await piece in try onlyTheStream() { last = piece }
        #expect(last?.finishReason == .length && last?.generateTokenLength == 30)
    }

    @Test func everyStreamEndsWhenThePipelineIsClosedMeanwhile() async throws {
        for round in 0..<4 {
            let pipeline = try pipeline()
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<6 {
                    group.addTask {
                        guard
                            let stream = try? pipeline.stream("Hi", .init(maxNewTokens: 500, ignoreEOS: true))
                        else { return }
                        var last: Response?
                        while let piece = try? await stream.first(where: { $0.finishReason != nil }) {
                            last = piece
                        }
                        #expect(last?.finishReason == .abort || last == nil, "round \(round)")
                    }
                }
                group.addTask { pipeline.close() }
            }
        }
    }

    @Test func requestsThatCannotRunAreRefusedWithNumbers() throws {
        let pipeline = try pipeline { $0.kvCacheBytes = 4 << 20 }
        let blocks = pipeline.plan.blockCount
        #expect(throws: PipelineError.emptyPrompt) { try pipeline.stream(.tokens([])) }
        #expect(throws: PipelineError.promptTooLong(promptTokens: 2000, sessionLength: 1024)) {
            try pipeline.stream(.tokens(Array(repeating: 5, count: 2000)))
        }
        #expect(throws: PipelineError.cacheTooSmall(neededBlocks: 16, totalBlocks: blocks)) {
            try pipeline.stream(.tokens([1, 2, 3]), .init(maxNewTokens: 1000))
        }
        #expect(throws: PipelineError.self) { try pipeline.stream(.tokens([70_000])) }
        #expect(throws: PipelineError.invalidParameter(field: "top_p", found: "1.5", expected: "0...1")) {
            try pipeline.stream("Hi", .init(topP: 1.5))
        }
    }

    @Test func thePlanAddsUpAndStaysWithinItsSettings() throws {
        let plan = try pipeline { $0.kvCacheBytes = 20 << 20 }.plan
        #expect(plan.kvCacheBytes <= 20 << 20 && plan.kvCacheBytes > 18 << 20)
        #expect(plan.kvBytesPerToken == 30 * 3 * 64 * 2 * 2)
        #expect(plan.blockCount * 64 * plan.kvBytesPerToken == plan.kvCacheBytes)
        #expect(plan.weightBytes > 90_000_000 && plan.weightBytes < 100_000_000)
        #expect(plan.description.contains("w4 g32"))
    }

    @Test(arguments: [
        ("dtype", TurbomindEngineConfig(dtype: "fp7")),
        ("quant_policy", TurbomindEngineConfig(quantPolicy: 5)),
        ("session_len", TurbomindEngineConfig(sessionLength: 1 << 20)),
        ("max_batch_size", TurbomindEngineConfig(maxBatchSize: 0)),
        ("threads", TurbomindEngineConfig(threads: 0)),
        ("cache_max_entry_count", TurbomindEngineConfig(cacheMaxEntryCount: 0)),
        ("kv cache", TurbomindEngineConfig(kvCacheBytes: 100)),
    ])
    func settingsOutOfRangeAreRefusedByName(field: String, config: TurbomindEngineConfig) throws {
        let path = try DefaultModelFile.path()
        let error = #expect(throws: PipelineError.self) { try Pipeline(path, backendConfig: config) }
        guard case .invalidParameter(let name, _, _) = try #require(error) else {
            Issue.record("unexpected error \(String(describing: error))")
            return
        }
        #expect(name == field)
    }

    @Test func afterCloseNothingIsTaken() throws {
        let pipeline = try pipeline()
        pipeline.close()
        #expect(throws: PipelineError.self) { try pipeline.stream("Hi") }
    }
}
