import ModelTestSupport
import Testing
import TurboMind

extension Comparison {
    static let prefixCache = Comparison("computed, and found in the prefix cache") { bench in
        let first = GenerationRequest(prompt: bench.prompt(150), maxNewTokens: bench.size(6, 3))
        let lengths = bench.isLarge ? [65] : [63, 64, 65, 128, 149]
        var requests = [first]
        // The same beginning, for no, one and two blocks and up to the last token; and another way to choose.
        for count in lengths {
            requests.append(
                .init(
                    prompt: first.prompt.prefix(count) + bench.prompt(20, salt: count), maxNewTokens: 3,
                    sampling: .init(temperature: 1, repetitionPenalty: 1.3, seed: UInt64(count))))
        }
        // Exactly two blocks: the last token is computed even so.
        requests.append(.init(prompt: Array(first.prompt.prefix(128)), maxNewTokens: 3))
        requests.append(
            .init(
                prompt: Array(first.prompt.prefix(bench.size(150, 20))), maxNewTokens: 2, scoresPrompt: true))
        // The same second block behind another first one.
        requests.append(
            .init(prompt: bench.prompt(64, salt: 9) + first.prompt[64..<130], maxNewTokens: 3))
        let cold = try await bench.alone(requests)
        let engine = try bench.engine {
            $0.threads = bench.threads
            $0.cachesPrefixes = true
        }
        let once = try await engine.repliesInTurn(to: requests)
        let twice = try await engine.repliesInTurn(to: requests)
        expectEqual(once, cold, "for the first time")
        expectEqual(twice, cold, "again")
        let shared = lengths.map { $0 / 64 * 64 }
        let own = lengths.map { ($0 + 20) / 64 * 64 }
        #expect(once.map(\.statistics.cachedTokens) == [0] + shared + [64, 0, 0])
        #expect(twice.map(\.statistics.cachedTokens) == [128] + own + [64, 0, 128])
        #expect(cold.allSatisfy { $0.statistics.cachedTokens == 0 })
    }

    static let arrivingTogether = Comparison("alone, and with the same prompt arriving several times at once")
    {
        bench in
        let prompt = bench.prompt(140)
        let requests = (0..<bench.size(8, 3)).map { place in
            GenerationRequest(
                prompt: prompt, maxNewTokens: 8,
                sampling: .init(temperature: place < 2 ? 0 : 1, seed: UInt64(place)))
        }
        let alone = try await bench.alone(requests)
        for chunk in bench.isLarge ? [64] : [512, 64, 50] {
            let engine = try bench.engine {
                $0.threads = bench.threads
                $0.cachesPrefixes = true
                $0.prefillTokensPerStep = chunk
            }
            expectEqual(try await engine.replies(to: requests), alone, "chunks of \(chunk)")
            // Two blocks once, the rest and seven decode steps for each.
            #expect(engine.activity.rows == 128 + requests.count * (12 + 7), "chunks of \(chunk)")
        }
    }
}
