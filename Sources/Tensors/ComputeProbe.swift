internal import CKernels
internal import Synchronization

/// Multiply-adds that stay in registers, in slices of a few milliseconds.
struct ComputeProbe {
    private let instructionSet: InstructionSet
    private let what: lmk_ceiling
    private let iterations: UInt64

    /// `nil` where the instruction set has no such instruction.
    ///
    /// - Parameter sliceSeconds: long enough for the clock and the threads' start not to count, short enough to fit
    ///   between two disturbances.
    init?(_ ceiling: Ceiling, instructionSet: InstructionSet, sliceSeconds: Double) {
        guard let what = ceiling.code else { return nil }
        var iterations: UInt64 = 1 << 10
        while iterations < 1 << 40 {
            var operations = 0.0
            let elapsed = seconds { operations = lmk_ceiling_run(instructionSet.code, what, iterations) }
            guard operations > 0 else { return nil }
            if elapsed >= sliceSeconds { break }
            iterations *= 2
        }
        self.instructionSet = instructionSet
        self.what = what
        self.iterations = iterations
    }

    /// 10^9 operations per second.
    func oneThread() -> Double {
        var operations = 0.0
        let elapsed = seconds { operations = run() }
        return operations / elapsed / 1e9
    }

    /// 10^9 operations per second of all threads together.
    func allThreads(of pool: WorkerPool) -> Double {
        let total = Mutex(0.0)
        let elapsed = seconds {
            pool.run { _, _ in
                let done = run()
                total.withLock { $0 += done }
            }
        }
        return total.withLock { $0 } / elapsed / 1e9
    }

    private func run() -> Double { lmk_ceiling_run(instructionSet.code, what, iterations) }
}

func seconds(of body: () -> Void) -> Double {
    let elapsed = ContinuousClock().measure(body).components
    return Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18
}
