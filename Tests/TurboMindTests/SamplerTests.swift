import Tensors
import Testing
import TurboMind

@Suite struct SamplerTests {
    private static let isas = InstructionSet.allCases.filter(\.isSupported)

    /// Draws at positions 0..<draws and counts the tokens.
    private func histogram(
        _ logits: [Float], _ parameters: SamplingParameters, draws: Int, isa: InstructionSet,
        history: [Int32] = [], banned: [Int32] = []
    ) throws -> [Int] {
        let kernels = try #require(Kernels(isa))
        let sampler = Sampler(kernels: kernels, vocabulary: logits.count)
        var set = TokenSet(vocabulary: logits.count)
        history.forEach { set.insert($0) }
        var counts = Array(repeating: 0, count: logits.count)
        for position in 0..<draws {
            var row = logits
            let token = row.withUnsafeMutableBufferPointer {
                sampler.sample(
                    logits: $0, parameters: parameters, history: set, banned: banned, position: position)
            }
            counts[Int(try #require(token))] += 1
        }
        return counts
    }

    @Test(arguments: isas)
    func greedyTakesTheLowestIndexAmongEquals(isa: InstructionSet) throws {
        let counts = try histogram([1, 5, 5, 2], .greedy, draws: 3, isa: isa)
        #expect(counts == [0, 3, 0, 0])
    }

    @Test(arguments: isas)
    func samplingFollowsTheSoftmax(isa: InstructionSet) throws {
        // Probabilities 1/2, 1/3 and 1/6 at temperature 1.
        let logits: [Float] = [1.0986123, 0.6931472, 0]
        let draws = 60_000
        let counts = try histogram(logits, .init(temperature: 1, seed: 5), draws: draws, isa: isa)
        for (count, probability) in zip(counts, [0.5, 1.0 / 3, 1.0 / 6]) {
            // Five standard deviations of a binomial count.
            let deviation = 5 * (Double(draws) * probability * (1 - probability)).squareRoot()
            #expect(abs(Double(count) - Double(draws) * probability) < deviation)
        }
    }

    @Test(arguments: isas)
    func temperatureSharpensTheDistribution(isa: InstructionSet) throws {
        let logits: [Float] = [1, 0]
        let cold = try histogram(logits, .init(temperature: 0.25, seed: 1), draws: 20_000, isa: isa)
        // exp(4) / (exp(4) + 1) = 0.982
        #expect(abs(Double(cold[0]) / 20_000 - 0.982) < 0.006)
    }

    @Test(arguments: isas)
    func topKKeepsTheMostLikely(isa: InstructionSet) throws {
        let counts = try histogram(
            [0, 3, 2, 1], .init(temperature: 1, topK: 2, seed: 2), draws: 5_000, isa: isa)
        #expect(counts[0] == 0 && counts[3] == 0 && counts[1] > counts[2] && counts[2] > 0)
    }

    @Test(arguments: isas)
    func topPKeepsUpToAndIncludingTheTokenThatReachesIt(isa: InstructionSet) throws {
        // Probabilities 0.5, 0.3, 0.15, 0.05.
        let logits: [Float] = [-0.6931472, -1.2039728, -1.8971200, -2.9957323]
        let half = try histogram(logits, .init(temperature: 1, topP: 0.6, seed: 3), draws: 8_000, isa: isa)
        #expect(half[0] > 0 && half[1] > 0 && half[2] == 0 && half[3] == 0)
        let one = try histogram(logits, .init(temperature: 1, topP: 0.01, seed: 3), draws: 100, isa: isa)
        #expect(one == [100, 0, 0, 0])
    }

    @Test(arguments: isas)
    func minPDropsTokensFarBelowTheBest(isa: InstructionSet) throws {
        let logits: [Float] = [-0.6931472, -1.2039728, -1.8971200, -2.9957323]
        let counts = try histogram(logits, .init(temperature: 1, minP: 0.4, seed: 4), draws: 8_000, isa: isa)
        #expect(counts[0] > 0 && counts[1] > 0 && counts[2] == 0 && counts[3] == 0)
    }

    @Test(arguments: isas)
    func aWideFlatDistributionIsCutRightBeyondTheFirstCandidates(isa: InstructionSet) throws {
        let logits = Array(repeating: Float(0), count: 5_000)
        let counts = try histogram(logits, .init(temperature: 1, topP: 0.5, seed: 6), draws: 20_000, isa: isa)
        #expect(counts[..<2_490].allSatisfy { $0 > 0 } == false || counts[..<2_490].reduce(0, +) > 19_000)
        #expect(counts[2_520...].allSatisfy { $0 == 0 })
    }

    @Test(arguments: isas)
    func theRepetitionPenaltyLowersSeenTokensOfEitherSign(isa: InstructionSet) throws {
        let penalty = SamplingParameters(temperature: 0, topK: 1, repetitionPenalty: 2)
        #expect(try histogram([3, 2], penalty, draws: 1, isa: isa, history: [0]) == [0, 1])
        #expect(try histogram([-1, -1.5], penalty, draws: 1, isa: isa, history: [0]) == [0, 1])
        #expect(try histogram([5, 2], penalty, draws: 1, isa: isa, history: [0]) == [1, 0])
    }

    @Test(arguments: isas)
    func bannedTokensAreNeverChosen(isa: InstructionSet) throws {
        #expect(try histogram([3, 2, 1], .greedy, draws: 1, isa: isa, banned: [0, 1]) == [0, 0, 1])
    }

    @Test func theSameSeedAndPositionDrawTheSameNumber() {
        let first = (0..<100).map { CounterRandom.uniform(seed: 42, position: $0) }
        let second = (0..<100).map { CounterRandom.uniform(seed: 42, position: $0) }
        let other = (0..<100).map { CounterRandom.uniform(seed: 43, position: $0) }
        #expect(first == second)
        #expect(first != other)
        #expect(first.allSatisfy { (0..<1).contains($0) })
        #expect(abs(first.reduce(0, +) / 100 - 0.5) < 0.15)
    }

    @Test func logitsWithoutAFiniteValueGiveNoToken() throws {
        let kernels = try #require(Kernels(.generic))
        let sampler = Sampler(kernels: kernels, vocabulary: 3)
        for value in [Float.nan, .infinity, -.infinity] {
            var row = [value, value, value]
            let token = row.withUnsafeMutableBufferPointer {
                sampler.sample(
                    logits: $0, parameters: .greedy, history: TokenSet(vocabulary: 3), banned: [], position: 0
                )
            }
            #expect(token == nil)
        }
    }
}
