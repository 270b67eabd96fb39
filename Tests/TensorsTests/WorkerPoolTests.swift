import Synchronization
import Tensors
import Testing

@Suite struct WorkerPoolTests {
    @Test(arguments: [1, 2, 3, 5])
    func everyThreadRunsTheBodyOnce(threads: Int) throws {
        let pool = try WorkerPool(threads: threads)
        for _ in 0..<200 {
            let seen = Mutex<[Int]>([])
            pool.run { thread, count in
                #expect(count == threads)
                seen.withLock { $0.append(thread) }
            }
            #expect(seen.withLock { $0.sorted() } == Array(0..<threads))
        }
    }

    #if os(Linux)
        @Test func boundThreadsStayOnTheirCores() throws {
            let cores = Machine.cores()
            try #require(!cores.isEmpty)
            let pool = try WorkerPool(threads: cores.count)
            #expect(pool.bindThreads(to: cores))
            // The test's own thread goes where it likes again.
            defer { _ = try? WorkerPool(threads: 1).bindThreads(to: [Array(cores.joined())]) }
            pool.run { thread, _ in #expect(Machine.processorsOfThisThread() == cores[thread]) }
        }
    #endif

    @Test func threadsThatAreNotAsManyAsCoresStayFree() throws {
        let cores = Machine.cores()
        #expect(try !WorkerPool(threads: cores.count + 1).bindThreads(to: cores))
        #expect(try !WorkerPool(threads: 2).bindThreads(to: []))
    }

    @Test(arguments: [0, -1, WorkerPool.maximumThreads + 1])
    func impossibleThreadCountsAreRefused(threads: Int) {
        #expect(throws: TensorError.threadCount(threads, maximum: WorkerPool.maximumThreads)) {
            try WorkerPool(threads: threads)
        }
    }
}
