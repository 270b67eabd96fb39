internal import Layers
package import Models
package import Tensors

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// Computes step plans: the data side of the engine. Confined to the engine's thread once running.
package final class ModelRunner: StepExecutor {
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

    /// - Parameters:
    ///   - maxRows: most rows of a step, prompt tokens and running replies together.
    ///   - maxLogitRows: most of them whose logits are wanted.
    package init(
        model: any CausalLanguageModel, cache: KVCacheStorage, kernels: Kernels, pool: WorkerPool,
        maxRows: Int, maxBatchSize: Int, maxLogitRows: Int
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
            maxSequences: maxBatchSize, maxLogitRows: maxLogitRows)
        sampler = Sampler(kernels: kernels, vocabulary: geometry.vocabulary)
        states = Array(repeating: nil, count: maxBatchSize)
    }

    /// Bytes of activations and kernel scratch memory.
    package var scratchBytes: Int { workspace.byteCount + buffers.byteCount }

    package func begin(
        slot: Int, request: GenerationRequest, prompt: ArraySlice<Int32>, reply: ArraySlice<Int32>
    ) {
        var history = TokenSet(vocabulary: model.geometry.vocabulary)
        prompt.forEach { history.insert($0) }
        reply.forEach { history.insert($0) }
        states[slot] = SlotState(
            parameters: request.sampling, history: history, promptCount: prompt.count,
            minNewTokens: request.minNewTokens, stopTokens: request.stopTokens)
    }

    /// Computes the plan's rows and chooses the next tokens.
    package func execute(_ plan: StepPlan, into result: inout StepResult) {
        computeLogits(plan)
        chooseTokens(plan, into: &result)
    }

    /// Scores and chooses tokens by the logits of the plan that was computed last, and changes them.
    package func chooseTokens(_ plan: StepPlan, into result: inout StepResult) {
        result.removeAll()
        var logitRow = 0
        var token = 0
        var target = 0
        for entry in plan.entries {
            if entry.scores {
                for offset in 0..<entry.count {
                    result.scores.append(score(plan.targets[target + offset], row: logitRow + offset))
                }
                target += entry.count
            }
            if entry.samples {
                let first = logitRow + entry.logitRows - 1 - entry.draftCount
                let drafts = plan.tokens[token + entry.count - entry.draftCount..<token + entry.count]
                choose(entry, firstRow: first, drafts: drafts, into: &result)
            }
            logitRow += entry.logitRows
            token += entry.count
        }
    }

    /// Computes the plan's rows.
    package func computeLogits(_ plan: StepPlan) {
        plan.blocks.withUnsafeBufferPointer { blocks in
            guard let blockBase = blocks.baseAddress else { return }
            buffers.load(plan, blocks: blockBase, rope: model.rotaryEmbedding)
            stream.removeAll()
            model.encode(into: &stream, step: buffers.context(cache: cache))
            stream.execute(on: pool, kernels: kernels, workspace: workspace)
        }
    }

    /// The last plan's `row`th row of logits: entry after entry, those of its rows that want them.
    package func logits(row: Int) -> UnsafeMutableBufferPointer<Float> { buffers.logitRow(row) }

    /// Chooses the token after each row of an entry, for as long as the drafts are right.
    private func choose(
        _ entry: StepPlan.Entry, firstRow: Int, drafts: ArraySlice<Int32>, into result: inout StepResult
    ) {
        var count = 0
        for row in 0...entry.draftCount {
            let position = entry.firstPosition + entry.count - entry.draftCount + row
            guard
                let token = chooseToken(
                    slot: entry.slot, position: position, logits: buffers.logitRow(firstRow + row))
            else { break }
            result.tokens.append(token)
            count += 1
            if row < entry.draftCount, drafts[drafts.startIndex + row] != token { break }
        }
        result.counts.append(count)
    }

    private func chooseToken(
        slot: Int, position: Int, logits: UnsafeMutableBufferPointer<Float>
    ) -> Int32? {
        guard let state = states[slot] else { return nil }
        let isTooShort = position - state.promptCount < state.minNewTokens
        let token = sampler.sample(
            logits: logits, parameters: state.parameters, history: state.history,
            banned: isTooShort ? state.stopTokens : [], position: position)
        if let token, state.parameters.repetitionPenalty != 1 { states[slot]?.history.insert(token) }
        return token
    }

    /// Natural logarithm of a token's probability; NaN where the logits are not finite.
    private func score(_ token: Int32, row: Int) -> Float {
        guard token >= 0 else { return 0 }
        let logits = buffers.logitRow(row)
        let maximum = logits[kernels.argmax(UnsafeBufferPointer(logits))]
        let sum = kernels.sumExp(UnsafeBufferPointer(logits), maximum: maximum, inverseTemperature: 1)
        return logits[Int(token)] - maximum - logf(sum)
    }
}
