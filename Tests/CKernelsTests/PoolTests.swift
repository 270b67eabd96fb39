import CKernels
import Testing

@Suite("pool")
struct PoolTests {
    /// Counts per thread, a cache line apart.
    private final class Counts {
        let values: UnsafeMutablePointer<Int>
        let threads: Int

        init(threads: Int) {
            self.threads = threads
            values = .allocate(capacity: threads * 8)
            values.initialize(repeating: 0, count: threads * 8)
        }

        deinit { values.deallocate() }

        var all: [Int] { (0..<threads).map { values[$0 * 8] } }
    }

    private static func run(_ pool: OpaquePointer, _ counts: Counts) {
        lmk_pool_run(
            pool,
            { context, thread, threads in
                let values = context?.assumingMemoryBound(to: Int.self)
                guard let values, thread < threads else { return }
                // SAFETY: one counter per thread, and each thread has its own.
                values[Int(thread) * 8] += 1
            }, counts.values)
    }

    @Test("every thread runs every job exactly once", arguments: [1, 2, 3, 4, 9])
    func everyThreadOnce(threads: Int) throws {
        let pool = try #require(lmk_pool_create(UInt32(threads)))
        defer { lmk_pool_destroy(pool) }
        #expect(lmk_pool_threads(pool) == UInt32(threads))
        let counts = Counts(threads: threads)
        for job in 1...2000 {
            Self.run(pool, counts)
            #expect(counts.all == [Int](repeating: job, count: threads))
        }
    }

    @Test("sleeping workers wake up", arguments: [2, 4])
    func wakesUp(threads: Int) async throws {
        let pool = try #require(lmk_pool_create(UInt32(threads)))
        defer { lmk_pool_destroy(pool) }
        let counts = Counts(threads: threads)
        for job in 1...20 {
            // Far longer than workers spin.
            try await Task.sleep(for: .milliseconds(2))
            Self.run(pool, counts)
            #expect(counts.all == [Int](repeating: job, count: threads))
        }
    }

    @Test("pools come and go, used or not")
    func createAndDestroy() throws {
        for round in 0..<200 {
            let threads = 1 + round % 4
            let pool = try #require(lmk_pool_create(UInt32(threads)))
            if round % 3 != 0 {
                let counts = Counts(threads: threads)
                Self.run(pool, counts)
                #expect(counts.all.allSatisfy { $0 == 1 })
            }
            lmk_pool_destroy(pool)
        }
        #expect(lmk_pool_create(0) == nil)
        lmk_pool_destroy(nil)
    }
}
