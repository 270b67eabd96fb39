/// Measures one ceiling at a time, in slices of a few milliseconds on all threads of a pool: short enough to stand
/// right before and right after what is compared with it.
package final class CeilingProbe {
    private let pool: WorkerPool
    private let instructionSet: InstructionSet
    private var memory: MemoryProbe?
    private var compute: [Ceiling: ComputeProbe] = [:]

    private static let sliceSeconds = 0.002

    package init(pool: WorkerPool, instructionSet: InstructionSet) {
        self.pool = pool
        self.instructionSet = instructionSet
    }

    /// Sets up what measuring `ceiling` needs, outside of any measurement.
    package func prepare(_ ceiling: Ceiling) throws(TensorError) {
        if ceiling == .memoryRead {
            guard memory == nil else { return }
            let probe = try MemoryProbe(threads: pool.threads, instructionSet: instructionSet)
            probe.touch(on: pool)
            memory = probe
        } else if compute[ceiling] == nil {
            compute[ceiling] = ComputeProbe(
                ceiling, instructionSet: instructionSet, sliceSeconds: Self.sliceSeconds)
        }
    }

    /// 10^9 units per second; 0 when it was not prepared, or where the CPU has no such instruction.
    package func rate(_ ceiling: Ceiling) -> Double {
        if ceiling == .memoryRead { return memory?.nextSlice(of: pool) ?? 0 }
        return compute[ceiling]?.allThreads(of: pool) ?? 0
    }
}
