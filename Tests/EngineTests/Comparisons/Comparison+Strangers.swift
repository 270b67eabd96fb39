import ModelTestSupport
import TestSupport
import Testing
import TurboMind

extension Comparison {
    static let strangers = Comparison("alone, and among 32 strangers that come and go") { bench in
        let subjects = bench.subjects
        let alone = try await bench.subjectsAlone()
        var arrivals = strangers(bench)
        // Among the strangers, some of which are there before and some of which come later.
        arrivals += subjects.enumerated().map { .init(step: 2 + 3 * $0.offset, request: $0.element) }
        let order = arrivals.indices.sorted { (arrivals[$0].step, $0) < (arrivals[$1].step, $1) }
        for threads in bench.isLarge ? [2] : [1, 2] {
            let engine = try bench.engine {
                $0.threads = threads
                $0.prefillTokensPerStep = 100
            }
            let replies = try await Traffic(order.map { arrivals[$0] }).replies(on: engine)
            let found = subjects.indices.compactMap { subject in
                order.firstIndex(of: 32 + subject).flatMap { replies[$0] }
            }
            expectEqual(found, alone, "\(threads) threads")
            #expect(engine.activity.widestBatch >= 16)
            #expect(await engine.settledStatistics().activeBlocks == 0)
        }
    }

    /// A third of them goes away before the reply has ended.
    private static func strangers(_ bench: Bench) -> [Traffic.Arrival] {
        var random = SeededGenerator(seed: 32)
        return (0..<32).map { stranger in
            let step = stranger < 4 ? 0 : Int.random(in: 0..<bench.size(16, 8), using: &random)
            let request = GenerationRequest(
                prompt: bench.prompt(.random(in: 1..<9, using: &random), salt: stranger),
                maxNewTokens: bench.size(50, 16),
                sampling: .init(temperature: 1, repetitionPenalty: 1.1, seed: UInt64(stranger)))
            let stay = Int.random(in: 1..<bench.size(40, 14), using: &random)
            return .init(step: step, request: request, leavesAt: stranger % 3 == 0 ? step + stay : nil)
        }
    }
}
