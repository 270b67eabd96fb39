import ModelTestSupport
import Testing
import TurboMind

extension Comparison {
    static let preemption = Comparison("never interrupted, and computed again after losing its blocks") { bench in
        let requests = (0..<bench.size(8, 4)).map { place in
            GenerationRequest(
                prompt: bench.prompt(61 - place, salt: place), maxNewTokens: bench.size(130, 10),
                sampling: .init(
                    temperature: place % 2 == 0 ? 0 : 1, repetitionPenalty: place % 3 == 0 ? 1.2 : 1,
                    seed: UInt64(place)),
                scoresPrompt: place % 4 == 1)
        }
        let alone = try await bench.alone(requests)
        for cachesPrefixes in bench.isLarge ? [true] : [true, false] {
            let engine = try bench.engine {
                $0.threads = bench.threads
                $0.blocks = bench.size(7, 5)
                $0.cachesPrefixes = cachesPrefixes
            }
            let replies = try await engine.replies(to: requests)
            expectEqual(replies, alone, "prefix cache: \(cachesPrefixes)")
            let preemptions = replies.reduce(0) { $0 + $1.statistics.preemptions }
            #expect(preemptions > 0)
            let statistics = await engine.settledStatistics()
            #expect(statistics.totals.preemptions == preemptions)
            #expect(statistics.activeBlocks == 0)
        }
    }
}
