internal import Layers
package import Models
package import Tensors

/// Computes step plans: the data side of the engine. Confined to the engine's thread once running.
package final class ModelRunner {
    package let model: any CausalLanguageModel
    package let cache: KVCacheStorage
    private let kernels: Kernels
    private let pool: WorkerPool
    private let workspace: Workspace
    private let buffers: StepBuffers
    private let sampler: Sampler
    private var stream = CommandStream()
    private var states: [SamplingState?]
    private var items: [Sampler.Item] = []
    private var sampled: [SampledTokens] = []

    /// - Parameter maxRows: most rows of a step, prompt tokens and running replies together.
    package init(
        model: any CausalLanguageModel, cache: KVCacheStorage, kernels: Kernels, pool: WorkerPool,
        maxRows: Int, maxBatchSize: Int
    ) throws(TensorError) {
        self.model = model
        self.cache = cache
        self.kernels = kernels
        self.pool = pool
        let geometry = model.geometry
        workspace = try Workspace(
            threads: pool.threads, rows: maxRows, inputs: geometry.widestInput,
            headDimension: geometry.headDimension, queryHeads: geometry.queryHeads)
        buffers = try StepBuffers(
            geometry: geometry, rotaryDimension: model.rotaryEmbedding.rotaryDimension, maxRows: maxRows,
            maxLogitRows: maxBatchSize)
        sampler = try Sampler(kernels: kernels, pool: pool, vocabulary: geometry.vocabulary)
        states = Array(repeating: nil, count: maxBatchSize)
    }

    /// Bytes of activations, kernel scratch memory and the sampler.
    package var scratchBytes: Int { workspace.byteCount + buffers.byteCount + sampler.byteCount }

    /// Prepares a slot for a new sequence.
    package func begin(slot: Int, request: GenerationRequest) {
        states[slot] = SamplingState(
            parameters: request.sampling, prompt: request.prompt, minNewTokens: request.minNewTokens,
            stopTokens: request.stopTokens)
    }

    /// Computes the plan's rows and chooses the next tokens.
    package func execute(_ plan: StepPlan, into result: inout StepResult) {
        computeLogits(plan)
        items.removeAll(keepingCapacity: true)
        for entry in plan.entries where entry.samples {
            guard let state = states[entry.slot] else { preconditionFailure("a slot without a sequence") }
            assert(state.position == entry.firstPosition + entry.count)
            items.append(Sampler.Item(state: state, firstRow: items.count))
        }
        sampler.sample(items, logits: buffers.allLogits, into: &sampled)
        result.tokens.removeAll(keepingCapacity: true)
        for tokens in sampled { result.tokens.append(tokens.tokens.first) }
    }

    /// Computes the plan's rows.
    /// - Parameter everyRow: whether ``logits(row:)`` has a row for each row of the plan, at most as many as the
    ///   batch has slots, and not only one for each entry that samples.
    package func computeLogits(_ plan: StepPlan, everyRow: Bool = false) {
        plan.blocks.withUnsafeBufferPointer { blocks in
            guard let blockBase = blocks.baseAddress else { return }
            buffers.load(plan, blocks: blockBase, rope: model.rotaryEmbedding, everyRow: everyRow)
            stream.removeAll()
            model.encode(into: &stream, step: buffers.context(cache: cache))
            stream.execute(on: pool, kernels: kernels, workspace: workspace)
        }
    }

    /// Logits of the last plan's `row`th entry that samples, or of its `row`th row.
    package func logits(row: Int) -> UnsafeMutableBufferPointer<Float> { buffers.logitRow(row) }
}
