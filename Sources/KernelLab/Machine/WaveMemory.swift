internal import Tensors

/// The memory that a wave's cells share.
final class WaveMemory {
    private let wave: CellWave
    private let isWarm: Bool
    private var weights: ColdWeights?
    private var caches: [KVCacheShape.Element: ColdCache] = [:]
    /// For each number of threads.
    private var scratch: [Int: LabScratch] = [:]

    init(_ wave: CellWave, isWarm: Bool) {
        self.wave = wave
        self.isWarm = isWarm
    }

    func runner(of work: KernelWork, pool: WorkerPool, kernels: Kernels) throws -> any CommandRunner {
        let scratch = try scratch(pool)
        switch work {
        case .linear(let format, let shape, let rows):
            return LinearRunner(
                format, shape, rows: rows, weights: try weights(pool), scratch: scratch)
        case .decode(let element, let heads, let context), .prefill(let element, let heads, let context):
            return AttentionRunner(
                heads, context: context, rows: work.rows, cache: try cache(element, heads, pool, kernels),
                scratch: scratch)
        }
    }

    // MARK: - Internals

    private func weights(_ pool: WorkerPool) throws(LabError) -> ColdWeights {
        if let weights { return weights }
        let made = try ColdWeights(byteCount: wave.weightBytes(isWarm: isWarm), isWarm: isWarm, pool: pool)
        weights = made
        return made
    }

    private func cache(
        _ element: KVCacheShape.Element, _ heads: HeadShape, _ pool: WorkerPool, _ kernels: Kernels
    ) throws(TensorError) -> ColdCache {
        if let cache = caches[element] { return cache }
        let made = try ColdCache(
            element, heads, coldBytes: isWarm ? 0 : wave.coldBytes, longestContext: wave.longestContext,
            pool: pool, kernels: kernels)
        caches[element] = made
        return made
    }

    private func scratch(_ pool: WorkerPool) throws(TensorError) -> LabScratch {
        if let known = scratch[pool.threads] { return known }
        let made = try LabScratch(
            threads: pool.threads, rows: wave.rows, inputs: wave.inputs, outputs: wave.outputs,
            heads: wave.cells.first?.work.heads)
        scratch[pool.threads] = made
        return made
    }
}
