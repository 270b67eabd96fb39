internal import Tensors

extension WorkerPool {
    /// `body(index)` for every index below `count`, computed on all threads.
    ///
    /// Each value is computed by one thread, so the values do not depend on how many there are.
    func map<Value: BitwiseCopyable>(_ count: Int, _ body: (_ index: Int) -> Value) -> [Value] {
        Array(unsafeUninitializedCapacity: count) { buffer, initializedCount in
            let values = buffer
            run { thread, threads in
                for index in stride(from: thread, to: count, by: threads) {
                    // SAFETY: `index` is below the capacity, and no other thread has the same remainder.
                    values.initializeElement(at: index, to: body(index))
                }
            }
            initializedCount = count
        }
    }
}
