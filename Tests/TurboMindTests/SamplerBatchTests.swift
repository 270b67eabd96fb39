import Tensors
import Testing
import TurboMind

/// A row's token follows from the row and its sequence alone.
@Suite struct SamplerBatchTests {
    private static let vocabulary = 3000
    private static let drafts = 3

    /// Sequences of every kind, with one to four rows each.
    private struct Batch {
        var rows: [[Float]] = []
        var requests: [(parameters: SamplingParameters, prompt: [Int32], firstRow: Int, drafts: [Int32])] = []

        init() {
            var random = SamplerRandom(seed: 5)
            for index in 0..<27 {
                let prompt = (0..<50 * index).map { _ in Int32.random(in: 0..<3000, using: &random) }
                var parameters = SamplingParameters(
                    temperature: index % 4 == 0 ? 0 : 0.5 + Float(index % 3),
                    topK: [0, 40, 700][index % 3], topP: [1, 0.9, 0.5, 0.99][index / 3 % 4],
                    minP: index % 5 == 0 ? 0.01 : 0, logprobs: index % 6, seed: UInt64(index))
                if index % 2 == 0 {
                    parameters.repetitionPenalty = 1.3
                    parameters.frequencyPenalty = 0.4
                    parameters.badWords = [[7], [prompt.last ?? 0, 9]]
                }
                let first = rows.count
                for _ in 0...index % (SamplerBatchTests.drafts + 1) {
                    rows.append(
                        index % 2 == 0
                            ? random.peakedRow(SamplerBatchTests.vocabulary)
                            : random.row(SamplerBatchTests.vocabulary))
                }
                requests.append((parameters, prompt, first, []))
            }
        }

        func item(_ index: Int, minNewTokens: Int = 0, stopTokens: [Int32] = []) -> Sampler.Item {
            let request = requests[index]
            return Sampler.Item(
                state: SamplingState(
                    parameters: request.parameters, prompt: request.prompt, minNewTokens: minNewTokens,
                    stopTokens: stopTokens),
                firstRow: request.firstRow, drafts: request.drafts)
        }

        /// Gives each sequence drafts that are right, but for the last of every third one.
        mutating func guess(_ bench: SamplerBench) throws {
            for index in requests.indices {
                let rowCount =
                    (index + 1 < requests.count ? requests[index + 1].firstRow : rows.count)
                    - requests[index].firstRow
                let state = item(index).state
                var tokens: [Int32] = []
                for row in 0..<rowCount {
                    let one = Sampler.Item(state: state, firstRow: requests[index].firstRow + row)
                    tokens.append(try #require(bench.sample([one])[0].tokens.first))
                }
                tokens.removeLast()
                if index % 3 == 1, let last = tokens.popLast() { tokens.append(last ^ 1) }
                requests[index].drafts = tokens
            }
        }
    }

    @Test(arguments: SamplerBench.isas)
    func batchOrderAndThreadsChangeNothing(isa: InstructionSet) throws {
        var batch = Batch()
        let alone = try SamplerBench(batch.rows, isa: isa)
        try batch.guess(alone)
        let expected = batch.requests.indices.map { alone.sample([batch.item($0)])[0] }
        #expect(expected.contains { $0.tokens.count == Self.drafts + 1 })
        var random = SamplerRandom(seed: 8)
        for threads in 1...3 {
            let bench = try SamplerBench(batch.rows, isa: isa, threads: threads)
            for _ in 0..<5 {
                let order = batch.requests.indices.shuffled(using: &random)
                let items = order.map { batch.item($0) }
                let results = bench.sample(items)
                #expect(results == order.map { expected[$0] })
                for (item, result) in zip(items, results) {
                    #expect(Array(item.state.history.tokens.suffix(result.tokens.count)) == result.tokens)
                }
            }
        }
    }

    @Test func logitsStayAsTheyAre() throws {
        let batch = Batch()
        let bench = try SamplerBench(batch.rows, threads: 2)
        _ = bench.sample(batch.requests.indices.map { batch.item($0, minNewTokens: 1, stopTokens: [3]) })
        #expect(batch.rows.indices.allSatisfy { bench.row($0) == batch.rows[$0] })
    }

    /// With everything that looks at the tokens before: penalties, bad words, minimum length.
    private static let parameters: [SamplingParameters] = [0, 1.5].map { temperature in
        SamplingParameters(
            temperature: temperature, topP: 0.99, repetitionPenalty: 1.2, presencePenalty: 0.8,
            frequencyPenalty: 0.5, badWords: [[4, 5], [2]], logprobs: 2, seed: 31)
    }

    @Test(arguments: parameters)
    func draftsGiveTheTokensThatStepsOneByOneGive(parameters: SamplingParameters) throws {
        var random = SamplerRandom(seed: 20)
        let rows = (0..<8).map { _ in random.row(12, deviation: 1) }
        let bench = try SamplerBench(rows)
        func state() -> SamplingState {
            SamplingState(parameters: parameters, prompt: [4, 1], minNewTokens: 4, stopTokens: [0, 6])
        }
        let steps = state()
        let single = rows.indices.map { bench.sample([Sampler.Item(state: steps, firstRow: $0)])[0] }
        let tokens = single.flatMap(\.tokens)
        try #require(tokens.count == rows.count)
        for wrong in 0..<rows.count {
            var drafts = Array(tokens.dropLast())
            if wrong < drafts.count { drafts[wrong] = (drafts[wrong] + 1) % 12 }
            let speculating = state()
            let result = bench.sample([Sampler.Item(state: speculating, firstRow: 0, drafts: drafts)])[0]
            #expect(result.tokens == Array(tokens[...wrong]))
            #expect(result.logprobs == single[...wrong].flatMap(\.logprobs))
            #expect(speculating.history.tokens == [4, 1] + tokens[...wrong])
            // Tokens taken back come again.
            speculating.removeLast(wrong + 1)
            #expect(speculating.position == 2)
            #expect(
                bench.sample([Sampler.Item(state: speculating, firstRow: 0, drafts: drafts)])[0] == result)
        }
    }

    @Test func anInvalidRowBehindADraftKeepsTheTokensBeforeIt() throws {
        let bench = try SamplerBench([[1, 2], [.nan, .nan], [3, 1]])
        let state = SamplingState(parameters: .greedy, prompt: [])
        let result = bench.sample([Sampler.Item(state: state, firstRow: 0, drafts: [1, 0])])[0]
        #expect(result.tokens == [1] && result.hasInvalidLogits)
        #expect(state.history.tokens == [1])
    }

    @Test func masksAllowTokensRowByRow() throws {
        let rows = Array(repeating: (0..<130).map { Float($0) }, count: 3)
        let bench = try SamplerBench(rows)
        let masks = [[128, 5], [0, 64], []].map { TokenMask(vocabulary: 130, allowed: $0) }
        for parameters in [SamplingParameters.greedy, .init(temperature: 0.01, repetitionPenalty: 1.1)] {
            let state = SamplingState(parameters: parameters, prompt: [1])
            let item = Sampler.Item(state: state, firstRow: 0, drafts: [128, 64], allowed: masks)
            let result = bench.sample([item])[0]
            #expect(result.tokens == [128, 64] && result.hasInvalidLogits)
        }
        let all = TokenMask(vocabulary: 130, allowsAll: true)
        #expect(bench.sample(SamplingState(parameters: .greedy, prompt: []), allowed: all).tokens == [129])
    }
}
