import ModelTestSupport
import Testing

extension Comparison {
    static let threads = Comparison("1 thread, and 2 and 3") { bench in
        let one = try await bench.subjectsAlone()
        for threads in bench.isLarge ? [2] : [2, 3] {
            let engine = try bench.engine { $0.threads = threads }
            if threads == 2 {
                expectEqual(try await engine.repliesInTurn(to: bench.subjects), one, "\(threads) threads")
            }
            expectEqual(try await engine.replies(to: bench.subjects), one, "\(threads) threads, together")
        }
    }
}
