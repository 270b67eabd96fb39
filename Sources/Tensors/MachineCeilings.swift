/// The most this machine can do: what kernels are measured against.
package struct MachineCeilings: Sendable, Equatable {
    /// A rate with one thread and with all threads of the pool.
    package struct Rate: Sendable, Equatable {
        package var oneThread: Double
        package var allThreads: Double

        package init(oneThread: Double, allThreads: Double) {
            self.oneThread = oneThread
            self.allThreads = allThreads
        }
    }

    package var instructionSet: InstructionSet
    package var threads: Int
    /// 10^9 bytes per second, from a buffer that no cache holds.
    package var memoryReadGigabytesPerSecond: Rate
    /// 10^9 operations per second of dot products of 4-bit and 8-bit integers, as w4 weights need them; a multiply
    /// and an add are two.
    package var int8DotGigaoperationsPerSecond: Rate
    /// 10^9 operations per second of dot products of signed 8-bit integers, as w8 weights need them.
    package var int8SignedDotGigaoperationsPerSecond: Rate
    /// 10^9 operations per second of bfloat16 dot products; `nil` where the CPU has none.
    package var bfloat16DotGigaoperationsPerSecond: Rate?
    /// 10^9 operations per second of fused multiply-adds in single precision.
    package var float32GigaoperationsPerSecond: Rate

    package init(
        instructionSet: InstructionSet, threads: Int, memoryReadGigabytesPerSecond: Rate,
        int8DotGigaoperationsPerSecond: Rate, int8SignedDotGigaoperationsPerSecond: Rate,
        bfloat16DotGigaoperationsPerSecond: Rate?, float32GigaoperationsPerSecond: Rate
    ) {
        self.instructionSet = instructionSet
        self.threads = threads
        self.memoryReadGigabytesPerSecond = memoryReadGigabytesPerSecond
        self.int8DotGigaoperationsPerSecond = int8DotGigaoperationsPerSecond
        self.int8SignedDotGigaoperationsPerSecond = int8SignedDotGigaoperationsPerSecond
        self.bfloat16DotGigaoperationsPerSecond = bfloat16DotGigaoperationsPerSecond
        self.float32GigaoperationsPerSecond = float32GigaoperationsPerSecond
    }

    /// Measures for about a second.
    ///
    /// The pool's threads must have nothing else to do.
    ///
    /// Each number is the best of several slices of a few milliseconds: on shared machines the best slice is the one
    /// that nobody disturbed.
    package static func measure(
        pool: WorkerPool, instructionSet: InstructionSet
    ) throws(TensorError) -> MachineCeilings {
        let memory = try MemoryProbe(threads: pool.threads, instructionSet: instructionSet)
        memory.touch(on: pool)
        func compute(_ ceiling: Ceiling) -> Rate? {
            guard let probe = ComputeProbe(ceiling, instructionSet: instructionSet, sliceSeconds: 0.005)
            else { return nil }
            return best(one: probe.oneThread, all: { probe.allThreads(of: pool) })
        }
        let none = Rate(oneThread: 0, allThreads: 0)
        return MachineCeilings(
            instructionSet: instructionSet, threads: pool.threads,
            // All threads reading everything in between pushes one thread's part out of the caches.
            memoryReadGigabytesPerSecond: best(one: memory.oneThread, all: { memory.allThreads(of: pool) }),
            int8DotGigaoperationsPerSecond: compute(.int8Dot) ?? none,
            int8SignedDotGigaoperationsPerSecond: compute(.int8SignedDot) ?? none,
            bfloat16DotGigaoperationsPerSecond: compute(.bfloat16Dot),
            float32GigaoperationsPerSecond: compute(.float32) ?? none)
    }

    /// Slices per number.
    private static let sliceCount = 12

    private static func best(one: () -> Double, all: () -> Double) -> Rate {
        var rate = Rate(oneThread: 0, allThreads: 0)
        for _ in 0..<sliceCount {
            rate.oneThread = max(rate.oneThread, one())
            rate.allThreads = max(rate.allThreads, all())
        }
        return rate
    }
}
