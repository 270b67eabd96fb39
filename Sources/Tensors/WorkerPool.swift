internal import CKernels

/// A fixed set of threads that spin briefly between pieces of work and sleep when idle.
/// The calling thread is the first of them: only one thread may use a pool at a time.
package final class WorkerPool: @unchecked Sendable {
    // SAFETY: the C pool synchronises its own threads; callers use it from one thread at a time.
    let pool: OpaquePointer
    package let threads: Int

    /// Most threads a pool may have.
    package static let maximumThreads = 1024

    package init(threads: Int) throws(TensorError) {
        guard (1...Self.maximumThreads).contains(threads) else {
            throw .threadCount(threads, maximum: Self.maximumThreads)
        }
        guard let pool = lmk_pool_create(UInt32(threads)) else { throw .threadsUnavailable(threads) }
        self.pool = pool
        self.threads = threads
    }

    deinit { lmk_pool_destroy(pool) }

    /// Keeps each thread on a core of its own, the calling one on the first: a thread that moves leaves its caches
    /// behind.
    ///
    /// - Parameter cores: processors of each core. Where these are not as many as the threads, the system's
    ///   scheduler knows better, and nothing happens.
    /// - Returns: whether all threads are bound.
    @discardableResult
    package func bindThreads(to cores: [[Int]]) -> Bool {
        guard cores.count == threads else { return false }
        var bound = 0
        for (thread, core) in cores.enumerated() {
            let processors = core.map { UInt32($0) }
            if lmk_pool_bind(pool, UInt32(thread), processors, processors.count) { bound += 1 }
        }
        return bound == threads
    }

    /// Runs `body(thread, threads)` once on every thread and waits for all of them.
    package func run(_ body: (_ thread: Int, _ threads: Int) -> Void) {
        withoutActuallyEscaping(body) { escapable in
            var job = escapable
            withUnsafeMutablePointer(to: &job) { context in
                lmk_pool_run(
                    pool,
                    { context, thread, threads in
                        // SAFETY: `context` is the pointer to `job` above, which outlives lmk_pool_run.
                        context?.assumingMemoryBound(to: ((Int, Int) -> Void).self)
                            .pointee(Int(thread), Int(threads))
                    }, context)
            }
        }
    }
}
