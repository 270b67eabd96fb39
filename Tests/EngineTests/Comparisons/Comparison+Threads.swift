import ModelTestSupport
import Testing

extension Comparison {
    static let threads = Comparison("1 thread, and 2 and 3") { bench in
        let one = try await bench.subjectsAlone()
        for threads in bench.isLarge ? [2] : [2, 3] {
            let engine = try bench.engine { $0.threads = threads }
            // Waiting for a thread that has no core takes long.
            let count = threads == 2 ? one.count : 3
            let replies = try await engine.replies(to: Array(bench.subjects.prefix(count)))
            expectEqual(replies, Array(one.prefix(count)), "\(threads) threads")
        }
    }
}
