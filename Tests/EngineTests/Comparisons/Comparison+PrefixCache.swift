import ModelTestSupport
import Testing
import TurboMind

extension Comparison {
    static let prefixCache = Comparison("computed, and found in the prefix cache") { bench in
        let first = GenerationRequest(prompt: bench.prompt(150), maxNewTokens: 6)
        var requests = [first]
        // The same beginning, for no, one and two blocks and up to the last token; and another way to choose.
        for count in [63, 64, 65, 128, 149] {
            requests.append(
                .init(
                    prompt: first.prompt.prefix(count) + bench.prompt(20, salt: count), maxNewTokens: 6,
                    sampling: .init(temperature: 1, repetitionPenalty: 1.3, seed: UInt64(count))))
        }
        // Exactly two blocks: the last token is computed even so.
        requests.append(.init(prompt: Array(first.prompt.prefix(128)), maxNewTokens: 6))
        requests.append(.init(prompt: first.prompt, maxNewTokens: 2, scoresPrompt: true))
        let cold = try await bench.alone(requests)
        let engine = try bench.engine { $0.cachesPrefixes = true }
        let once = try await engine.repliesInTurn(to: requests)
        let twice = try await engine.repliesInTurn(to: requests)
        expectEqual(once, cold, "for the first time")
        expectEqual(twice, cold, "again")
        #expect(once.map(\.statistics.cachedTokens) == [0, 0, 64, 64, 128, 128, 64, 0])
        #expect(twice.map(\.statistics.cachedTokens) == [128, 64, 64, 64, 128, 128, 64, 0])
        #expect(cold.allSatisfy { $0.statistics.cachedTokens == 0 })
    }

    static let arrivingTogether = Comparison("alone, and with the same prompt arriving eight times at once") {
        bench in
        let prompt = bench.prompt(150)
        let requests = (0..<8).map { place in
            GenerationRequest(
                prompt: prompt, maxNewTokens: 8,
                sampling: .init(temperature: place < 2 ? 0 : 1, seed: UInt64(place)))
        }
        let alone = try await bench.alone(requests)
        for chunk in [512, 64, 50] {
            let engine = try bench.engine {
                $0.cachesPrefixes = true
                $0.prefillTokensPerStep = chunk
            }
            expectEqual(try await engine.replies(to: requests), alone, "chunks of \(chunk)")
            // Two blocks once, the rest and seven decode steps for each.
            #expect(engine.activity.rows == 128 + 8 * (22 + 7), "chunks of \(chunk)")
            if bench.isLarge { break }
        }
    }
}
