package import Tensors

/// This machine, set up for a wave of cells.
package final class LabMachine: Measurable {
    private let units: [Unit: Site]
    private var runners: [KernelCell: PreparedCell] = [:]
    /// The commands of the next sample.
    private var stream = CommandStream()
    private let clock = ContinuousClock()
    private let start: ContinuousClock.Instant

    /// An instruction set on a number of threads.
    private struct Unit: Hashable {
        let instructionSet: InstructionSet
        let threads: Int
    }

    private final class Site {
        let pool: WorkerPool
        let kernels: Kernels
        let probe: CeilingProbe

        init(_ kernels: Kernels, _ pool: WorkerPool) {
            self.pool = pool
            self.kernels = kernels
            probe = CeilingProbe(pool: pool, instructionSet: kernels.instructionSet)
        }
    }

    private final class PreparedCell {
        let runner: any CommandRunner
        let site: Site
        /// Commands of a sample.
        var commands = 1

        init(_ runner: any CommandRunner, _ site: Site) {
            self.runner = runner
            self.site = site
        }
    }

    private let sampleSeconds: Double
    private static let mostCommands = 4096

    /// Pools, kernels and ceilings for `cells`, which stay for all their waves.
    ///
    /// - Parameter sampleSeconds: how long the work of a sample takes at least.
    package init(for cells: [KernelCell], sampleSeconds: Double) throws {
        self.sampleSeconds = sampleSeconds
        var pools: [Int: WorkerPool] = [:]
        var units: [Unit: Site] = [:]
        for cell in cells {
            let unit = Unit(instructionSet: cell.instructionSet, threads: cell.threads)
            guard let kernels = Kernels(cell.instructionSet) else {
                throw LabError.unsupported(
                    instructionSet: cell.instructionSet.rawValue, best: InstructionSet.best.rawValue)
            }
            let pool = try pools[cell.threads] ?? WorkerPool(threads: cell.threads)
            pools[cell.threads] = pool
            let site = units[unit] ?? Site(kernels, pool)
            units[unit] = site
            try site.probe.prepare(cell.work.ceiling(on: kernels))
        }
        self.units = units
        start = clock.now
    }

    /// What limits a cell.
    package func ceiling(of cell: KernelCell) -> Ceiling? {
        site(of: cell).map { cell.work.ceiling(on: $0.kernels) }
    }

    /// Sets up a wave's memory in place of the last one's, and how many commands make a sample of each cell.
    package func prepare(_ wave: CellWave, isWarm: Bool) throws {
        releaseWave()
        try Machine.checkFree(wave.byteCount(isWarm: isWarm))
        let memory = WaveMemory(wave, isWarm: isWarm)
        for cell in wave.cells {
            guard let site = site(of: cell) else { continue }
            let prepared = PreparedCell(
                try memory.runner(of: cell.work, pool: site.pool, kernels: site.kernels), site)
            runners[cell] = prepared
            try calibrate(prepared)
        }
    }

    package func releaseWave() { runners = [:] }

    // MARK: - Measurable

    package func prepare(_ cell: KernelCell) {
        guard let prepared = runners[cell] else { return }
        stream.removeAll()
        // Cannot fail any more: what it needs was made for the calibration. Without commands the rate would be 0.
        try? prepared.runner.encode(prepared.commands, into: &stream)
    }

    package func ceilingRate(_ cell: KernelCell) -> Double {
        guard let site = site(of: cell) else { return 0 }
        return site.probe.rate(cell.work.ceiling(on: site.kernels))
    }

    package func run(_ cell: KernelCell) -> Double {
        guard let prepared = runners[cell] else { return 0 }
        execute(prepared)
        return Double(stream.count) * cell.work.unitsOfWork / 1e9
    }

    package func now() -> Double { Self.seconds(clock.now - start) }

    // MARK: - Internals

    private func site(of cell: KernelCell) -> Site? {
        units[Unit(instructionSet: cell.instructionSet, threads: cell.threads)]
    }

    private func execute(_ prepared: PreparedCell) {
        stream.execute(
            on: prepared.site.pool, kernels: prepared.site.kernels, workspace: prepared.runner.workspace)
    }

    private func calibrate(_ prepared: PreparedCell) throws(TensorError) {
        while prepared.commands < Self.mostCommands {
            stream.removeAll()
            try prepared.runner.encode(prepared.commands, into: &stream)
            let elapsed = Self.seconds(clock.measure { execute(prepared) })
            if elapsed >= sampleSeconds { return }
            prepared.commands *= 2
        }
    }

    private static func seconds(_ duration: Duration) -> Double {
        Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
    }
}

extension Machine {
    /// Throws when less than `byteCount` can be allocated without swapping.
    fileprivate static func checkFree(_ byteCount: Int) throws(LabError) {
        let available = availableMemoryBytes()
        guard byteCount <= available / 4 * 3 else {
            throw .memory(mebibytes: byteCount >> 20, available: available >> 20)
        }
    }
}
