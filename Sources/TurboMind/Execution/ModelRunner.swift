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
    private var states: [SlotState?]

    /// What the sampler remembers about the sequence in a slot.
    private struct SlotState {
        var parameters: SamplingParameters
        var history: TokenSet
        var promptCount: Int
        var minNewTokens: Int
        var stopTokens: [Int32]
    }

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
        sampler = Sampler(kernels: kernels, vocabulary: geometry.vocabulary)
        states = Array(repeating: nil, count: maxBatchSize)
    }

    /// Bytes of activations and kernel scratch memory.
    package var scratchBytes: Int { workspace.byteCount + buffers.byteCount }

    /// Prepares a slot for a new sequence.
    package func begin(slot: Int, request: GenerationRequest) {
        var history = TokenSet(vocabulary: model.geometry.vocabulary)
        request.prompt.forEach { history.insert($0) }
        states[slot] = SlotState(
            parameters: request.sampling, history: history, promptCount: request.prompt.count,
            minNewTokens: request.minNewTokens, stopTokens: request.stopTokens)
    }

    /// Computes the plan's rows and chooses the next tokens.
    package func execute(_ plan: StepPlan, into result: inout StepResult) {
        result.tokens.removeAll(keepingCapacity: true)
        computeLogits(plan)
        var row = 0
        for entry in plan.entries where entry.samples {
            result.tokens.append(chooseToken(entry, logits: buffers.logitRow(row)))
            row += 1
        }
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

    private func chooseToken(_ entry: StepPlan.Entry, logits: UnsafeMutableBufferPointer<Float>) -> Int32? {
        guard let state = states[entry.slot] else { return nil }
        let position = entry.firstPosition + entry.count
        let isTooShort = position - state.promptCount < state.minNewTokens
        let token = sampler.sample(
            logits: logits, parameters: state.parameters, history: state.history,
            banned: isTooShort ? state.stopTokens : [], position: position)
        if let token, state.parameters.repetitionPenalty != 1 { states[entry.slot]?.history.insert(token) }
        return token
    }
}
