internal import CKernels
internal import Synchronization

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
    /// 10^9 operations per second of 8-bit dot products; a multiply and an add are two.
    package var int8DotGigaoperationsPerSecond: Rate
    /// 10^9 operations per second of bfloat16 dot products; `nil` where the CPU has none.
    package var bfloat16DotGigaoperationsPerSecond: Rate?
    /// 10^9 operations per second of fused multiply-adds in single precision.
    package var float32GigaoperationsPerSecond: Rate

    package init(
        instructionSet: InstructionSet, threads: Int, memoryReadGigabytesPerSecond: Rate,
        int8DotGigaoperationsPerSecond: Rate, bfloat16DotGigaoperationsPerSecond: Rate?,
        float32GigaoperationsPerSecond: Rate
    ) {
        self.instructionSet = instructionSet
        self.threads = threads
        self.memoryReadGigabytesPerSecond = memoryReadGigabytesPerSecond
        self.int8DotGigaoperationsPerSecond = int8DotGigaoperationsPerSecond
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
        let memory = try MemoryProbe(threads: pool.threads)
        func compute(_ what: lmk_ceiling) -> Rate? {
            ComputeProbe(instructionSet: instructionSet, what: what).measure(pool)
        }
        return MachineCeilings(
            instructionSet: instructionSet, threads: pool.threads,
            memoryReadGigabytesPerSecond: memory.measure(pool, instructionSet),
            int8DotGigaoperationsPerSecond: compute(LMK_CEILING_INT8_DOT) ?? .none,
            bfloat16DotGigaoperationsPerSecond: compute(LMK_CEILING_BF16_DOT),
            float32GigaoperationsPerSecond: compute(LMK_CEILING_FP32) ?? .none)
    }
}

// MARK: - Internals

extension MachineCeilings.Rate {
    fileprivate static let none = Self(oneThread: 0, allThreads: 0)
}

/// Slices per number.
private let sliceCount = 12

private func seconds(of body: () -> Void) -> Double {
    let elapsed = ContinuousClock().measure(body).components
    return Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18
}

/// Multiply-accumulates that stay in registers.
private struct ComputeProbe {
    let instructionSet: InstructionSet
    let what: lmk_ceiling

    /// Long enough for the clock and the threads' start not to count, short enough to fit between two disturbances.
    private static let sliceSeconds = 0.005

    /// `nil` where the instruction set has no such instruction.
    func measure(_ pool: WorkerPool) -> MachineCeilings.Rate? {
        guard let iterations = calibrate() else { return nil }
        var rate = MachineCeilings.Rate.none
        for _ in 0..<sliceCount {
            var operations = 0.0
            let oneThread = seconds { operations = run(iterations) }
            rate.oneThread = max(rate.oneThread, operations / oneThread / 1e9)

            let total = Mutex(0.0)
            let allThreads = seconds {
                pool.run { _, _ in
                    let done = run(iterations)
                    total.withLock { $0 += done }
                }
            }
            rate.allThreads = max(rate.allThreads, total.withLock { $0 } / allThreads / 1e9)
        }
        return rate
    }

    private func run(_ iterations: UInt64) -> Double {
        lmk_ceiling_run(instructionSet.code, what, iterations)
    }

    private func calibrate() -> UInt64? {
        var iterations: UInt64 = 1 << 10
        while iterations < 1 << 40 {
            var operations = 0.0
            let elapsed = seconds { operations = run(iterations) }
            guard operations > 0 else { return nil }
            if elapsed >= Self.sliceSeconds { return iterations }
            iterations *= 2
        }
        return iterations
    }
}

/// Reads of a buffer that is larger than the caches.
private struct MemoryProbe {
    private let buffer: AlignedBuffer
    private let partBytes: Int
    private let parts: Int

    /// Twice the largest share of the last-level cache that a core of today's servers has (32 MiB).
    private static let bytesPerThread = 64 << 20
    private static let leastParts = 4
    /// What the kernel reads at a time.
    private static let granularity = 256

    init(threads: Int) throws(TensorError) {
        let parts = max(Self.leastParts, threads)
        // On a machine with little memory a smaller buffer still gives a number, though caches may help it.
        let affordable = max(1 << 20, Machine.availableMemoryBytes() / 4 / parts)
        partBytes = min(Self.bytesPerThread, affordable) / Self.granularity * Self.granularity
        self.parts = parts
        do {
            buffer = try AlignedBuffer(byteCount: partBytes * parts)
        } catch {
            throw .outOfMemory(what: "the memory benchmark", bytes: partBytes * parts)
        }
    }

    func measure(_ pool: WorkerPool, _ instructionSet: InstructionSet) -> MachineCeilings.Rate {
        // Pages that nobody wrote share one page of zeros, which the caches would hold.
        pool.run { thread, threads in
            let share = share(of: thread, threads)
            UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[share]).initializeMemory(
                as: UInt8.self, repeating: 1)
        }
        let checksum = Mutex<UInt64>(0)
        func read(_ range: Range<Int>) {
            // SAFETY: `range` lies within the buffer, which lives as long as this probe.
            let sum = lmk_ceiling_read(
                instructionSet.code, buffer.baseAddress + range.lowerBound, range.count)
            checksum.withLock { $0 &+= sum }
        }
        var rate = MachineCeilings.Rate.none
        for _ in 0..<sliceCount {
            // All threads reading everything in between pushes this part out of the caches.
            let oneThread = seconds { read(0..<partBytes) }
            rate.oneThread = max(rate.oneThread, Double(partBytes) / oneThread / 1e9)

            let allThreads = seconds { pool.run { thread, threads in read(share(of: thread, threads)) } }
            rate.allThreads = max(rate.allThreads, Double(partBytes * parts) / allThreads / 1e9)
        }
        return rate
    }

    private func share(of thread: Int, _ threads: Int) -> Range<Int> {
        let units = partBytes * parts / Self.granularity
        let start = units * thread / threads
        let end = units * (thread + 1) / threads
        return start * Self.granularity..<end * Self.granularity
    }
}
