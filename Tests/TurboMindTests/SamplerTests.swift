import Tensors
import Testing
import TurboMind

@Suite struct SamplerTests {
    /// Single-precision logits differences and exponentials, added up over a distribution.
    private static let probabilityBudget = 1e-5

    /// How often each token is drawn at positions 0..<draws.
    private func histogram(
        _ logits: [Float], _ parameters: SamplingParameters, draws: Int, isa: InstructionSet
    ) throws -> [Int] {
        let bench = try SamplerBench([logits], isa: isa)
        let state = SamplingState(parameters: parameters, prompt: [])
        var counts = Array(repeating: 0, count: logits.count)
        for _ in 0..<draws { counts[Int(try #require(bench.sample(state).tokens.first))] += 1 }
        return counts
    }

    @Test(arguments: SamplerBench.isas)
    func greedyTakesTheLowestIndexAmongEquals(isa: InstructionSet) throws {
        #expect(try histogram([1, 5, 5, 2], .greedy, draws: 3, isa: isa) == [0, 3, 0, 0])
        #expect(
            try histogram([1, 5, 5, 2], .init(temperature: 3, topK: 1), draws: 3, isa: isa) == [0, 3, 0, 0])
    }

    private static let distributions: [SamplingParameters] = [
        .init(temperature: 1, seed: 1), .init(temperature: 0.3, seed: 2), .init(temperature: 2.5, seed: 3),
        .init(temperature: 1, topK: 7, seed: 4), .init(temperature: 0.8, topK: 50, topP: 0.8, seed: 5),
        .init(temperature: 1.5, topP: 0.9, seed: 6), .init(temperature: 1, minP: 0.02, seed: 7),
        .init(temperature: 1.2, topK: 20, topP: 0.95, minP: 0.05, seed: 8),
    ]

    @Test(arguments: SamplerBench.isas, distributions)
    func drawsFollowTheDistribution(isa: InstructionSet, parameters: SamplingParameters) throws {
        var random = SamplerRandom(seed: 12)
        let logits = random.row(60, deviation: 1.5)
        let draws = 30_000
        let counts = try histogram(logits, parameters, draws: draws, isa: isa)
        let probabilities = ReferenceDistribution(logits, parameters).probabilities(vocabulary: 60)
        var statistic = 0.0
        var cells = 0
        for (count, probability) in zip(counts, probabilities) {
            guard probability > 0 else {
                #expect(count == 0)
                continue
            }
            let expected = Double(draws) * probability
            statistic += (Double(count) - expected) * (Double(count) - expected) / expected
            cells += 1
        }
        // Chi-square with d degrees of freedom has mean d and variance 2 d: five deviations.
        let freedom = Double(cells - 1)
        #expect(cells > 1 && statistic < freedom + 5 * (2 * freedom).squareRoot())
    }

    private static let rows: [[Float]] = {
        var random = SamplerRandom(seed: 77)
        var withHoles = random.row(3000)
        for index in stride(from: 0, to: 3000, by: 7) {
            withHoles[index] = index % 2 == 0 ? .nan : -.infinity
        }
        return [
            [0], [-3e30], [1, 1], [2, .nan, 1], random.row(63), random.row(65, deviation: 8),
            random.row(1000),
            random.peakedRow(20_000), random.row(20_000, deviation: 0.7), withHoles,
            random.row(3000).map { $0.rounded() }, [Float](repeating: -2, count: 5000),
            (0..<4000).map { Float($0) * 1e-3 }, random.row(500).map { $0 * 1e4 },
        ]
    }()

    /// All combinations of these: top-k of more than there is, top-p that keeps one, all, most, and everything
    /// between.
    private static let cuts: [SamplingParameters] = {
        var cuts: [SamplingParameters] = []
        for temperature: Float in [0.6, 1.7] {
            for topK in [0, 2, 50, 2500, 1_000_000] {
                for (topP, minP): (Float, Float) in [
                    (1, 0), (0, 0), (0.55, 0), (0.95, 0), (0.999, 0), (1, 1e-6), (1, 0.07), (0.9, 0.2),
                    (0.97, 1),
                ] {
                    cuts.append(
                        .init(temperature: temperature, topK: topK, topP: topP, minP: minP, seed: 99))
                }
            }
        }
        return cuts
    }()

    @Test(arguments: SamplerBench.isas, rows.indices)
    func everyDrawIsTheOneTheReferenceMakes(isa: InstructionSet, index: Int) throws {
        let row = Self.rows[index]
        let bench = try SamplerBench([row], isa: isa)
        for parameters in Self.cuts {
            let reference = ReferenceDistribution(row, parameters)
            for position in 0..<4 {
                let prompt = [Int32](repeating: 0, count: 1000 * position + 1)
                let token = try #require(
                    bench.sample(SamplingState(parameters: parameters, prompt: prompt)).tokens.first)
                let number = CounterRandom.uniform(seed: parameters.seed, position: prompt.count)
                let distance = reference.distance(of: token, from: number)
                #expect(distance < Self.probabilityBudget, "row \(index), \(parameters), token \(token)")
            }
        }
    }

    @Test(arguments: SamplerBench.isas)
    func topPKeepsUpToAndIncludingTheTokenThatExceedsIt(isa: InstructionSet) throws {
        func kept(_ logits: [Float], _ topP: Float) throws -> Int {
            try histogram(logits, .init(temperature: 1, topP: topP, seed: 3), draws: 200, isa: isa)
                .count { $0 > 0 }
        }
        // Four equal tokens: a share of exactly two of them is exceeded by the third.
        let equal: [Float] = [1, 1, 1, 1]
        #expect(try kept(equal, 0) == 1)
        #expect(try kept(equal, 0.25) == 2)
        #expect(try kept(equal, 0.4999999) == 2)
        #expect(try kept(equal, 0.5) == 3)
        #expect(try kept(equal, 0.75) == 4)
        #expect(try kept(equal, 1) == 4)
        // Probabilities 0.5, 0.3, 0.15, 0.05.
        #expect(try kept([-0.6931472, -1.2039728, -1.8971200, -2.9957323], 0.6) == 2)
        #expect(try kept([-0.6931472, -1.2039728, -1.8971200, -2.9957323], 0.01) == 1)
    }

    @Test(arguments: SamplerBench.isas)
    func topPCountsSharesOfWhatTopKKeeps(isa: InstructionSet) throws {
        // Of four equal tokens top-k keeps two, half of which is one: exceeded by the second.
        let two = try histogram(
            [1, 1, 1, 1], .init(temperature: 1, topK: 2, topP: 0.5, seed: 1), draws: 100, isa: isa)
        #expect(two[0] > 0 && two[1] > 0 && two[2...] == [0, 0])
        let one = try histogram(
            [1, 1, 1, 1], .init(temperature: 1, topK: 2, topP: 0.49, seed: 1), draws: 100, isa: isa)
        #expect(one == [100, 0, 0, 0])
    }

    @Test(arguments: SamplerBench.isas)
    func minPKeepsTokensOfExactlyItsShare(isa: InstructionSet) throws {
        // exp(-0.6931472) is a half, less a rounding error.
        for (minP, expected): (Float, Int) in [(1, 2), (0.51, 2), (0.49, 3), (0.2, 3), (1e-12, 4)] {
            let counts = try histogram(
                [5, 5, 5 - 0.6931472, 3], .init(temperature: 1, minP: minP, seed: 4), draws: 400, isa: isa)
            #expect(counts.count { $0 > 0 } == expected, "min-p \(minP)")
        }
    }

    @Test(arguments: SamplerBench.isas)
    func extremeTemperaturesAreTheirLimits(isa: InstructionSet) throws {
        let cold = try histogram([1, 2, 1.9], .init(temperature: 0x1p-140, seed: 1), draws: 50, isa: isa)
        #expect(cold == [0, 50, 0])
        let hot = try histogram([1, 20, -20, -.infinity], .init(temperature: 1e30), draws: 300, isa: isa)
        #expect(hot[3] == 0 && hot[..<3].allSatisfy { $0 > 60 })
    }

    @Test(arguments: SamplerBench.isas)
    func rowsWhoseLargestLogitIsNotFiniteGiveNoToken(isa: InstructionSet) throws {
        let greedy = SamplingParameters.greedy
        let cuts: [SamplingParameters] = [
            greedy, .init(temperature: 1), .init(temperature: 1, topK: 2), .init(temperature: 1, topP: 0.5),
            .init(temperature: 1, minP: 0.5), .init(temperature: 1, repetitionPenalty: 2, logprobs: 3),
        ]
        for parameters in cuts {
            for row: [Float] in [
                [.nan, .nan, .nan], [.infinity, 1, 2], [-.infinity, -.infinity, -.infinity],
                [.nan, -.infinity, .nan], [.nan, .infinity, 3],
            ] {
                let result = try SamplerBench([row], isa: isa)
                    .sample(SamplingState(parameters: parameters, prompt: [1]))
                #expect(result.tokens.isEmpty && result.hasInvalidLogits, "\(row) \(parameters)")
            }
            let some = try SamplerBench([[.nan, -.infinity, -7, .nan]], isa: isa)
                .sample(SamplingState(parameters: parameters, prompt: [2]))
            #expect(some.tokens == [2] && !some.hasInvalidLogits)
        }
    }
}
