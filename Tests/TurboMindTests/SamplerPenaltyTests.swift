import Tensors
import Testing
import TurboMind

/// What changes logits before a token is chosen.
@Suite struct SamplerPenaltyTests {
    private func choose(
        _ logits: [Float], _ parameters: SamplingParameters, prompt: [Int32] = [], generated: [Int32] = [],
        minNewTokens: Int = 0, stopTokens: [Int32] = []
    ) throws -> Int32? {
        try SamplerBench([logits]).sample(
            SamplingState(
                parameters: parameters, prompt: prompt, generated: generated, minNewTokens: minNewTokens,
                stopTokens: stopTokens)
        ).tokens.first
    }

    @Test func theRepetitionPenaltyLowersSeenTokensOfEitherSign() throws {
        let penalty = SamplingParameters(temperature: 0, repetitionPenalty: 2)
        #expect(try choose([3, 2], penalty, prompt: [0]) == 1)
        #expect(try choose([-1, -1.5], penalty, generated: [0]) == 1)
        #expect(try choose([5, 2], penalty, prompt: [0, 0, 0]) == 0)
    }

    @Test func presenceAndFrequencyCountTheReplyOnly() throws {
        let presence = SamplingParameters(temperature: 0, presencePenalty: 1)
        #expect(try choose([3, 2.5], presence, prompt: [0, 0, 0]) == 0)
        #expect(try choose([3, 2.5], presence, generated: [0]) == 1)
        #expect(try choose([3, 1.5], presence, generated: [0, 0, 0]) == 0)
        let frequency = SamplingParameters(temperature: 0, frequencyPenalty: 0.5)
        #expect(try choose([3, 1.75], frequency, prompt: [0], generated: [0, 0]) == 0)
        #expect(try choose([3, 1.75], frequency, generated: [0, 0, 0]) == 1)
        let reward = SamplingParameters(temperature: 0, presencePenalty: -1, frequencyPenalty: -0.5)
        #expect(try choose([3, 1], reward, generated: [1, 1, 1]) == 1)
    }

    @Test func biasIsAddedAndBansOutweighIt() throws {
        var parameters = SamplingParameters(
            temperature: 0, logitBias: [TokenBias(token: 2, bias: 10), TokenBias(token: 2, bias: -6)])
        #expect(try choose([3, 2, 0], parameters) == 2)
        parameters.badWords = [[2]]
        #expect(try choose([3, 2, 0], parameters) == 0)
    }

    @Test func tokensOutsideOfTheVocabularyAreIgnored() throws {
        let parameters = SamplingParameters(
            temperature: 0, repetitionPenalty: 3, presencePenalty: 1,
            logitBias: [TokenBias(token: 3, bias: 9), TokenBias(token: -1, bias: 9)],
            badWords: [[], [3], [-1], [.max]])
        let token = try choose(
            [3, 2, 0], parameters, prompt: [900, -5], generated: [.max, .min], minNewTokens: 9,
            stopTokens: [17, -2])
        #expect(token == 0)
    }

    @Test(
        arguments: [
            ([[0]], [], [], 1), ([[0], [1]], [], [], 2),
            ([[1, 0]], [], [1], 1), ([[1, 0]], [1], [], 1), ([[1, 0]], [], [2], 0), ([[1, 0]], [], [], 0),
            ([[1, 0]], [], [1, 2], 0), ([[0, 0]], [], [0], 1), ([[0, 0]], [], [1], 0),
            ([[1, 2, 0]], [1], [2], 1), ([[1, 2, 0]], [], [1, 2], 1), ([[1, 2, 0]], [], [2], 0),
            ([[1, 2, 0]], [2], [1], 0), ([[1, 2, 0]], [1, 2, 1, 2], [], 1),
            ([[3, 0], [2, 1]], [], [3, 2], 0), ([[3, 0], [2, 0], [2, 1]], [], [3, 2], 2),
        ] as [([[Int32]], [Int32], [Int32], Int32)])
    func badWordsAreNotCompleted(
        words: [[Int32]], prompt: [Int32], generated: [Int32], expected: Int32
    ) throws {
        let parameters = SamplingParameters(temperature: 0, badWords: words)
        #expect(try choose([4, 3, 2, 1], parameters, prompt: prompt, generated: generated) == expected)
    }

    @Test func stopTokensWaitForTheMinimumLength() throws {
        for (generated, expected): ([Int32], Int32) in [([], 1), ([1], 1), ([1, 1], 0), ([1, 1, 1], 0)] {
            let token = try choose(
                [4, 3, 9], .greedy, prompt: [5, 5, 5], generated: generated, minNewTokens: 2,
                stopTokens: [0, 2])
            #expect(token == (expected == 0 ? 2 : 1), "\(generated.count) tokens")
        }
    }

    @Test func allOfThemTogetherAgreeWithAPlainReference() throws {
        var random = SamplerRandom(seed: 6)
        for trial in 0..<300 {
            let vocabulary = Int.random(in: 2...40, using: &random)
            let row = random.row(vocabulary, deviation: 2)
            func tokens(_ most: Int) -> [Int32] {
                (0..<Int.random(in: 0...most, using: &random)).map { _ in
                    Int32.random(in: 0..<Int32(vocabulary), using: &random)
                }
            }
            let prompt = tokens(60), generated = tokens(30), stops = tokens(2)
            let minNewTokens = Int.random(in: 0...30, using: &random)
            let parameters = SamplingParameters(
                temperature: trial % 2 == 0 ? 0 : 1, topP: 0.9,
                repetitionPenalty: .random(in: 0.5...2, using: &random),
                presencePenalty: .random(in: -2...2, using: &random),
                frequencyPenalty: .random(in: -1...1, using: &random),
                logitBias: tokens(3).map { TokenBias(token: $0, bias: Float($0 % 5) - 2) },
                badWords: [tokens(1), tokens(3), Array((prompt + generated).suffix(2)) + [0]],
                seed: UInt64(trial))
            var edited = row
            plainEdit(
                &edited, parameters, prompt, generated, stops: generated.count < minNewTokens ? stops : [])
            let token = try choose(
                row, parameters, prompt: prompt, generated: generated, minNewTokens: minNewTokens,
                stopTokens: stops)
            guard let largest = edited.max(), largest > -.infinity else {
                #expect(token == nil)
                continue
            }
            if parameters.isGreedy {
                #expect(token.map { Int($0) } == edited.firstIndex(of: largest), "trial \(trial)")
            } else {
                let number = CounterRandom.uniform(
                    seed: parameters.seed, position: prompt.count + generated.count)
                let reference = ReferenceDistribution(edited, parameters)
                #expect(reference.distance(of: try #require(token), from: number) < 1e-5, "trial \(trial)")
            }
        }
    }

    private func plainEdit(
        _ row: inout [Float], _ parameters: SamplingParameters, _ prompt: [Int32], _ generated: [Int32],
        stops: [Int32]
    ) {
        let all = prompt + generated
        for token in row.indices {
            if all.contains(Int32(token)) {
                let penalty = parameters.repetitionPenalty
                row[token] = row[token] > 0 ? row[token] / penalty : row[token] * penalty
            }
            let count = generated.count { $0 == token }
            if count > 0 {
                row[token] -= parameters.frequencyPenalty * Float(count) + parameters.presencePenalty
            }
            for bias in parameters.logitBias where bias.token == token { row[token] += bias.bias }
            for word in parameters.badWords where word.last == Int32(token) {
                if Array(all.suffix(word.count - 1)) == word.dropLast() { row[token] = -.infinity }
            }
            if stops.contains(Int32(token)) { row[token] = -.infinity }
        }
    }
}
