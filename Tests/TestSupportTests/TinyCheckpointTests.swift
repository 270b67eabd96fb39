import TestSupport
import Testing

@Suite struct TinyCheckpointTests {
    @Test(arguments: TinyModelGolden.names)
    func `weights equal those of the Python generator bit for bit`(name: String) throws {
        let golden = try TinyModelGolden(name)
        #expect(golden.fnv1a64.count == TinyStorage.allCases.count)
        for storage in TinyStorage.allCases {
            #expect(golden.spec.fnv1a64(storage: storage) == golden.fnv1a64[storage])
        }
    }

    @Test(arguments: TinyModelGolden.names)
    func `goldens hold a logit per vocabulary entry at the last prompt position`(name: String) throws {
        let golden = try TinyModelGolden(name)
        let vocabulary = try #require(golden.spec.tensors.first?.shape.first)
        #expect(golden.runs.count >= 7)
        for run in golden.runs {
            #expect(run.logits.last?.position == run.prompt.count - 1)
            #expect(run.logits.allSatisfy { $0.values.count == vocabulary })
            #expect(run.greedy.count == 32)
            let last = try #require(run.logits.last?.values)
            let best = try #require(last.indices.max { last[$0] < last[$1] })
            #expect(run.greedy.first == best)
        }
    }

    @Test func `generators match published reference values`() {
        #expect(TinyRandom.fnv1a64("".utf8) == 0xCBF2_9CE4_8422_2325)
        #expect(TinyRandom.fnv1a64("foobar".utf8) == 0x8594_4171_F739_67E8)
        #expect(TinyRandom.splitmix64(0) == 0xE220_A839_7B1D_CDAF)
    }

    @Test func `rounding to storage types goes to nearest even`() {
        // Ties at 1 + 1/2048 and 1 + 3/2048; the last two are subnormal: one step, and under half a step.
        let values: [Float] = [0, 1, -1.0009765625, 1.00048828125, 1.00146484375, 6.1e-8, 2.9e-8, 65000]
        let expected: [Float] = [0, 1, -1.0009765625, 1, 1.001953125, 5.9604645e-8, 0, 64992]
        #expect(TinyStorage.f16.rounded(values) == expected)
        #expect(TinyStorage.bf16.rounded([1.00390625, 1.01171875, 3.1415927]) == [1.0, 1.015625, 3.140625])
    }

    @Test func `scale is the nearest power of two`() {
        #expect(TinyTensor.scale(fanIn: 64) == 0.25)
        #expect(TinyTensor.scale(fanIn: 88) == 0.25)
        #expect(TinyTensor.scale(fanIn: 152) == 0.125)
    }
}

@Suite struct GoldenDefaultModelTests {
    @Test func `default model goldens are complete and consistent`() throws {
        let golden = try GoldenDefaultModel()
        #expect(golden.modelSHA256.count == 64)
        #expect(golden.conversations.count == 20)
        for conversation in golden.conversations {
            #expect(conversation.reply.count == conversation.margins.count)
            #expect(conversation.reply.count == 64 || conversation.finished)
            #expect(conversation.margins.allSatisfy { $0 >= 0.005 })
            #expect(conversation.rendered.contains(conversation.messages.last?.content ?? "?"))
        }
        for top in golden.topLogits {
            let conversation = try #require(golden.conversations.first { $0.name == top.name })
            #expect(conversation.reply.first == top.ids.first)
            #expect(top.logits == top.logits.sorted(by: >))
        }
        #expect(golden.topLogits.count == 3)
        let windows = (golden.perplexity.ids.count + golden.perplexity.window - 1) / golden.perplexity.window
        #expect(golden.perplexity.scoredTokens == golden.perplexity.ids.count - windows)
    }

    @Test func `a missing golden is named`() {
        #expect(throws: GoldenError.self) { try GoldenFile.data("no-such-file.json") }
    }
}
