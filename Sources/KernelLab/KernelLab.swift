internal import Tensors

/// Measures kernels against the machine's ceilings.
package struct KernelLab<Generator: RandomNumberGenerator> {
    package let policy: SamplePolicy
    /// Bytes of weights or keys and values that pass by before one is used again.
    package let coldBytes: Int
    /// Whether the same weights are used again and again, from whichever cache holds them.
    package let isWarm: Bool
    private let sampleSeconds: Double
    private var generator: Generator

    /// - Parameter sampleSeconds: long enough for the clock and the start of the threads not to count, short enough
    ///   to lie between two disturbances.
    package init(
        policy: SamplePolicy, isWarm: Bool = false, coldBytes: Int? = nil, sampleSeconds: Double = 0.004,
        generator: Generator
    ) {
        self.sampleSeconds = sampleSeconds
        self.policy = policy
        self.isWarm = isWarm
        self.generator = generator
        self.coldBytes =
            coldBytes
            ?? ColdMemory.bytes(
                lastLevelCache: Machine.lastLevelCacheBytes(), available: Machine.availableMemoryBytes())
    }

    /// Results in the order of `cells`.
    ///
    /// - Parameter progress: called before each sample with the samples done and those there will be.
    package mutating func measure(
        _ cells: [KernelCell], progress: (_ done: Int, _ of: Int) -> Void = { _, _ in }
    ) throws -> LabRun {
        let machine = try LabMachine(for: cells, sampleSeconds: sampleSeconds)
        let stability = try PeakStability(of: cells, on: machine)
        var results: [KernelCell: CellSamples] = [:]
        var done = 0
        var left = cells.count * policy.samples
        for wave in CellWave.waves(of: cells, coldBytes: coldBytes) {
            try machine.prepare(wave, isWarm: isWarm)
            left -= wave.cells.count * policy.samples
            var sampler = Sampler(machine, policy, generator: generator)
            var most = 0
            let samples = sampler.measure(wave.cells) { waveDone, waveAll in
                most = waveDone
                progress(done + waveDone, done + waveAll + left)
            }
            generator = sampler.generator
            done += most + 1
            for (cell, samples) in zip(wave.cells, samples) { results[cell] = samples }
        }
        machine.releaseWave()
        return LabRun(
            results: cells.compactMap { cell in
                guard let samples = results[cell], let ceiling = machine.ceiling(of: cell) else { return nil }
                return CellResult(cell: cell, ceilingName: ceiling, samples: samples)
            },
            peaks: stability.finish())
    }
}

/// What a run found.
package struct LabRun: Sendable, Equatable {
    package let results: [CellResult]
    /// The ceilings at the run's start and end.
    package let peaks: [PeakMovement]

    package init(results: [CellResult], peaks: [PeakMovement]) {
        self.results = results
        self.peaks = peaks
    }
}
