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

    @Test(arguments: [0, -1, WorkerPool.maximumThreads + 1])
    func impossibleThreadCountsAreRefused(threads: Int) {
        #expect(throws: TensorError.threadCount(threads, maximum: WorkerPool.maximumThreads)) {
            try WorkerPool(threads: threads)
        }
    }
}
