import ModelTestSupport
import Testing
import TurboMind

extension Comparison {
    static let chunks = Comparison("prompts in one chunk, and in chunks of 7, 64 and 300 tokens") { bench in
        let requests = (bench.isLarge ? [302, 12] : [330, 200, 65]).enumerated().map { place, count in
            GenerationRequest(
                prompt: bench.prompt(count), maxNewTokens: bench.size(4, 2),
                sampling: .init(temperature: 1, topK: 50, seed: UInt64(place)), scoresPrompt: place == 1)
        }
        let whole = try await bench.alone(requests)
        for chunk in [7, 64, 300] {
            // Of a prompt that is scored, a step computes as many rows as it has logits for.
            for extraLogitRows in chunk == 64 && !bench.isLarge ? [0, 100] : [32] {
                let engine = try bench.engine {
                    $0.prefillTokensPerStep = chunk
                    $0.threads = bench.threads
                    $0.maxBatchSize = 3
                    $0.extraLogitRows = extraLogitRows
                }
                let comment = "chunks of \(chunk), \(extraLogitRows) extra rows of logits"
                if !bench.isLarge {
                    expectEqual(try await engine.repliesInTurn(to: requests), whole, comment)
                    #expect(engine.activity.mostRows <= chunk)
                }
                expectEqual(try await engine.replies(to: requests), whole, comment + ", together")
                #expect(engine.activity.mostRows <= chunk + 3)
            }
        }
    }
}
