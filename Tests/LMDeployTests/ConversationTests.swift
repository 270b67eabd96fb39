import LMDeploy
import TestSupport
import Testing

/// Conversations, scores and settings of the library on the default model.
@Suite(
    .serialized, .enabled(if: DefaultModelFile.isUsable, "run `make test`, which fetches the default model"))
struct ConversationTests {
    private func pipeline(_ change: (inout TurbomindEngineConfig) -> Void = { _ in }) throws -> Pipeline {
        var config = TurbomindEngineConfig(
            sessionLength: 1024, maxBatchSize: 4, kvCacheBytes: 96 << 20, threads: 2)
        change(&config)
        return try Pipeline(try DefaultModelFile.path(), backendConfig: config)
    }

    private let greedy = GenerationConfig(maxNewTokens: 24)

    @Test func aConversationRepliesAsTheSameMessagesWouldAndComputesOnlyWhatIsNew() async throws {
        let pipeline = try pipeline()
        let session = pipeline.session()
        let first = try await pipeline.chat("Name three colours.", session: session, greedy)
        let second = try await pipeline.chat("And three animals.", session: session, greedy)
        let messages = [
            Message(role: "user", content: "Name three colours."),
            Message(role: "assistant", content: first.text),
            Message(role: "user", content: "And three animals."),
        ]
        let fresh = try self.pipeline { $0.enablePrefixCaching = false }
        let whole = try await fresh.infer([.messages(messages)], greedy)[0]
        #expect(second.tokenIDs == whole.tokenIDs && second.text == whole.text)
        #expect(whole.cachedTokens == 0)
        #expect(second.cachedTokens >= first.inputTokenLength)
        #expect(session.response == second)
        #expect(session.messages == messages + [Message(role: "assistant", content: second.text)])
        try await pipeline.close(session)
        #expect(session.messages.isEmpty)
    }

    @Test func twoRepliesInOneConversationAtATimeAreRefused() async throws {
        let pipeline = try pipeline()
        let session = pipeline.session()
        var iterator = try pipeline.streamChat(
            "Tell me a story.", session: session, .init(maxNewTokens: 400, ignoreEOS: true)
        ).makeAsyncIterator()
        _ = try await iterator.next()
        await #expect(throws: PipelineError.self) {
            _ = try await pipeline.chat("And another.", session: session, greedy)
        }
        #expect(session.messages.isEmpty)
    }

    @Test func conversationsAreThereAfterARestart() async throws {
        let folder = try TemporaryFolder()
        let text: String
        do {
            let pipeline = try pipeline { $0.sessionStore = folder.path }
            let session = pipeline.session(id: 7)
            text = try await pipeline.chat("Name three colours.", session: session, greedy).text
            pipeline.close()
        }
        let pipeline = try pipeline { $0.sessionStore = folder.path }
        let session = pipeline.session(id: 7)
        #expect(
            session.messages == [
                Message(role: "user", content: "Name three colours."),
                Message(role: "assistant", content: text),
            ])
        let next = try await pipeline.chat("And three animals.", session: session, greedy)
        #expect(next.inputTokenLength > 40 && session.messages.count == 4)
        try await pipeline.close(session)
        let third = try self.pipeline { $0.sessionStore = folder.path }
        #expect(third.session(id: 7).messages.isEmpty)
    }

    @Test func perplexityIsLowerForSense() async throws {
        let pipeline = try pipeline()
        let results = try await pipeline.perplexity([
            .raw("The capital of France is Paris, and the capital of Italy is Rome."),
            .raw("Rome of Italy capital and is, the Paris France is capital of the."),
        ])
        #expect(results[0].value * 4 < results[1].value)
        #expect(results[0].tokenCount > 10)
        await #expect(throws: PipelineError.self) { _ = try await pipeline.perplexity([.tokens([1])]) }
        await #expect(throws: PipelineError.self) { _ = try await pipeline.perplexity([.tokens([])]) }
    }

    @Test func perplexityDoesNotDependOnWhatRunsBeside() async throws {
        let pipeline = try pipeline()
        let texts: [Prompt] = (0..<6).map {
            .raw(String(repeating: "The sea is wide and \($0). ", count: 20))
        }
        let together = try await pipeline.perplexity(texts)
        for (index, text) in texts.enumerated() {
            #expect(try await pipeline.perplexity([text])[0] == together[index])
        }
    }

    @Test func draftsChangeNoReply() async throws {
        let pipeline = try pipeline()
        let prompt: Prompt =
            "Repeat this: one two three four five six seven, one two three four five six seven."
        for sampling in [
            GenerationConfig(maxNewTokens: 80), .init(maxNewTokens: 80, doSample: true, randomSeed: 3),
        ] {
            var drafting = sampling
            drafting.numDraftTokens = 8
            let plain = try await pipeline.infer([prompt], sampling)[0]
            let guessed = try await pipeline.infer([prompt], drafting)[0]
            #expect(guessed.tokenIDs == plain.tokenIDs)
            #expect(plain.draftTokens == 0 && guessed.acceptedDraftTokens <= guessed.draftTokens)
        }
    }

    @Test func logprobsTellHowLikelyTokensWere() async throws {
        let pipeline = try pipeline()
        var config = greedy
        config.logprobs = 3
        let reply = try await pipeline.infer(["What is 2 + 2?"], config)[0]
        let logprobs = try #require(reply.logprobs)
        #expect(logprobs.count == reply.tokenIDs.count)
        for (place, entry) in logprobs.enumerated() {
            #expect(entry.chosen.id == reply.tokenIDs[place] && entry.chosen.logprob <= 0)
            #expect(entry.mostLikely.count == 3 && entry.mostLikely[0].id == entry.chosen.id)
            #expect(entry.mostLikely[0].logprob >= entry.mostLikely[1].logprob)
        }
    }

    @Test func badWordsAndBiasKeepTokensOut() async throws {
        let pipeline = try pipeline()
        let prompt: Prompt = "What is the capital of France? One sentence."
        let free = try await pipeline.infer([prompt], greedy)[0]
        #expect(free.text.contains("Paris"))
        var config = greedy
        config.badWords = ["Paris"]
        #expect(try await pipeline.infer([prompt], config)[0].text.contains("Paris") == false)
        config = greedy
        config.logitBias = [free.tokenIDs[0]: -100]
        #expect(try await pipeline.infer([prompt], config)[0].tokenIDs[0] != free.tokenIDs[0])
    }

    @Test func theStopStringIsInTheOutputWhenAskedFor() async throws {
        let pipeline = try pipeline()
        let free = try await pipeline.infer(["Name three colours."], greedy)[0]
        let word = String(free.text.dropFirst(6).prefix(7))
        var config = greedy
        config.stopWords = [word]
        let without = try await pipeline.infer(["Name three colours."], config)[0]
        config.includeStopStringInOutput = true
        let with = try await pipeline.infer(["Name three colours."], config)[0]
        #expect(with.text == without.text + word && with.finishReason == .stop)
    }

    @Test(arguments: [0, 8, 4])
    func everyCachePrecisionRepliesAndTakesTheMemoryItSays(quantPolicy: Int) async throws {
        let pipeline = try pipeline { $0.quantPolicy = quantPolicy }
        let reply = try await pipeline.infer(["What is the capital of France? One sentence."], greedy)[0]
        #expect(reply.text.contains("Paris"))
        // 30 layers, 3 KV heads of 64, keys and values; integers have two fp16 numbers beside each.
        let bytesPerHead = quantPolicy == 0 ? 64 * 2 : 64 * quantPolicy / 8 + 4
        #expect(pipeline.plan.kvBytesPerToken == 30 * 3 * 2 * bytesPerHead)
        #expect(pipeline.plan.kvFormat == ["0": "fp16", "8": "int8", "4": "int4"]["\(quantPolicy)"])
    }

    @Test func logitsAndHiddenStatesComeWithTheReply() async throws {
        let pipeline = try pipeline()
        let prompt = try pipeline.tokens(of: "What is 2 + 2?")
        var config = GenerationConfig(maxNewTokens: 6, ignoreEOS: true, logprobs: 1)
        config.outputLogits = .generation
        let few = try await pipeline.infer([.tokens(prompt)], config)[0]
        let rows = try #require(few.logits)
        #expect(rows.count == 6 && rows.allSatisfy { $0.count == 49152 } && few.lastHiddenState == nil)
        for (row, token) in zip(rows, few.tokenIDs) {
            #expect(row.indices.max { row[$0] < row[$1] } == Int(token))
        }
        config.outputLastHiddenState = .all
        let all = try await pipeline.infer([.tokens(prompt)], config)[0]
        // The row of the last token of the reply is not computed.
        #expect(all.logits?.count == prompt.count + 5)
        #expect(all.lastHiddenState?.count == prompt.count + 5)
        #expect(all.lastHiddenState?.allSatisfy { $0.count == 576 } == true)
        #expect(all.logits.map { Array($0.suffix(6)) } == rows)
        #expect(all.cachedTokens == 0)
    }
}
