import Tensors
import Testing
import TurboMind

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

@Suite struct SamplerLogprobTests {
    /// A log-probability of single precision, and a sum with a relative error below 2e-6.
    private static let budget: Float = 5e-6

    @Test(arguments: SamplerBench.isas, [1, 2, 63, 1000, 20_000])
    func theyAreTheLogSoftmaxOfTheRawLogits(isa: InstructionSet, vocabulary: Int) throws {
        var random = SamplerRandom(seed: UInt64(vocabulary))
        for row in [random.row(vocabulary), random.peakedRow(vocabulary).map { $0.rounded() }] {
            let maximum = Double(try #require(row.max()))
            let logOfSum = log(row.reduce(0.0) { $0 + exp(Double($1) - maximum) })
            let logprobs = row.map { Float(Double($0) - maximum - logOfSum) }
            let ranked = row.indices.sorted { row[$0] == row[$1] ? $0 < $1 : row[$0] > row[$1] }
            for count in [1, 5, SamplingParameters.maximumLogprobs] {
                // None of what changes the choice changes the report.
                let parameters = SamplingParameters(
                    temperature: 0.5, topK: 30, topP: 0.9, repetitionPenalty: 1.5,
                    logitBias: [TokenBias(token: 0, bias: 50)], logprobs: count, seed: 4)
                let result = try SamplerBench([row], isa: isa)
                    .sample(SamplingState(parameters: parameters, prompt: [0, 1]))
                try #require(result.tokens == [0] && result.logprobs.count == 1)
                let report = result.logprobs[0]
                #expect(report.chosen.token == 0)
                #expect(abs(report.chosen.logprob - logprobs[0]) < Self.budget)
                #expect(report.mostLikely.map { Int($0.token) } == Array(ranked.prefix(count)))
                #expect(
                    report.mostLikely.allSatisfy {
                        abs($0.logprob - logprobs[Int($0.token)]) < Self.budget
                    })
            }
        }
    }

    @Test(arguments: SamplerBench.isas)
    func logitsThatAreNoNumbersAreLeftOut(isa: InstructionSet) throws {
        let result = try SamplerBench([[.nan, 1, -.infinity, 1]], isa: isa).sample(
            SamplingState(
                parameters: SamplingParameters(temperature: 0, badWords: [[1]], logprobs: 9), prompt: []))
        let report = try #require(result.logprobs.first)
        #expect(report.chosen.token == 3 && abs(report.chosen.logprob - log(0.5)) < Self.budget)
        #expect(report.mostLikely.map(\.token) == [1, 3, 2])
        #expect(report.mostLikely.last?.logprob == -.infinity)
    }

    @Test func nothingIsReportedUnasked() throws {
        let result = try SamplerBench([[1, 2]]).sample(SamplingState(parameters: .greedy, prompt: []))
        #expect(result.tokens == [1] && result.logprobs.isEmpty)
    }
}
