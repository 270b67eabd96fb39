internal import Layers
package import Models
package import Tensors

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
    private var states: [SamplingState?]
    private var items: [Sampler.Item] = []
    private var sampled: [SampledTokens] = []
    private var profiler: StepProfiler?
    private let clock = ContinuousClock()

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
        sampler = try Sampler(kernels: kernels, pool: pool, vocabulary: geometry.vocabulary)
        states = Array(repeating: nil, count: maxBatchSize)
    }

    /// Bytes of activations, kernel scratch memory and the sampler.
    package var scratchBytes: Int { workspace.byteCount + buffers.byteCount + sampler.byteCount }

    /// Keeps the calling thread, which computes from now on, and the pool's on cores of their own where there are as
    /// many. Other processes' threads may still run there.
    package func takeCores() { pool.bindThreads(to: Machine.cores()) }

    package func begin(
        slot: Int, request: GenerationRequest, prompt: ArraySlice<Int32>, reply: ArraySlice<Int32>
    ) {
        states[slot] = SamplingState(
            parameters: request.sampling, prompt: Array(prompt), generated: Array(reply),
            minNewTokens: request.minNewTokens, stopTokens: request.stopTokens)
    }

    /// Computes the plan's rows and chooses the next tokens.
    package func execute(_ plan: StepPlan, into result: inout StepResult) {
        computeLogits(plan)
        let start = clock.now
        chooseTokens(plan, into: &result)
        profiler?.update(plan) { $0.sampling += clock.now - start }
    }

    package func profileSteps(with profiler: StepProfiler?) { self.profiler = profiler }

    /// Has the system hand out the memory of the blocks that the running replies may begin next, one each.
    ///
    /// The memory of a block is handed out when it is first written. On a virtual machine that takes milliseconds,
    /// and replies that started together begin their blocks together.
    package func prepareMemory(after plan: StepPlan) {
        cache.touch(ahead: max(1, plan.entries.count), used: Int(plan.blocks.max() ?? -1) + 1)
    }

    /// Scores and chooses tokens by the logits of the plan that was computed last.
    package func chooseTokens(_ plan: StepPlan, into result: inout StepResult) {
        result.removeAll()
        items.removeAll(keepingCapacity: true)
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
            if !entry.outputs.isEmpty { copyOutputs(entry, firstRow: logitRow, into: &result) }
            logitRow += entry.logitRows
            token += entry.count
            if entry.samples {
                items.append(
                    item(
                        entry, firstRow: logitRow - 1 - entry.draftCount,
                        drafts: plan.tokens[token - entry.draftCount..<token]))
            }
        }
        sampler.sample(items, logits: buffers.allLogits, into: &sampled)
        collect(into: &result)
    }

    /// Computes the plan's rows.
    package func computeLogits(_ plan: StepPlan) {
        plan.blocks.withUnsafeBufferPointer { blocks in
            guard let blockBase = blocks.baseAddress else { return }
            let start = clock.now
            buffers.load(plan, blocks: blockBase, rope: model.rotaryEmbedding)
            stream.removeAll()
            model.encode(into: &stream, step: buffers.context(cache: cache))
            guard let profiler else {
                return stream.execute(on: pool, kernels: kernels, workspace: workspace)
            }
            let encoded = clock.now
            let trace = stream.executeTraced(on: pool, kernels: kernels, workspace: workspace)
            let computed = clock.now
            profiler.update(plan) { profile in
                profile.encoding += encoded - start
                profile.computing += computed - encoded
                profile.commands.merge(trace)
            }
        }
    }

    /// The last plan's `row`th row of logits: entry after entry, those of its rows that want them.
    package func logits(row: Int) -> UnsafeMutableBufferPointer<Float> { buffers.logitRow(row) }

    private func copyOutputs(_ entry: StepPlan.Entry, firstRow: Int, into result: inout StepResult) {
        for offset in 0..<entry.logitRows {
            var output = RowOutput(position: entry.firstPosition + entry.count - entry.logitRows + offset)
            if entry.outputs.logits { output.logits = Array(buffers.logitRow(firstRow + offset)) }
            if entry.outputs.hiddenStates {
                output.hiddenState = model.finalNorm.apply(to: buffers.hiddenRow(firstRow + offset))
            }
            result.outputs.append(output)
        }
    }

    private func item(_ entry: StepPlan.Entry, firstRow: Int, drafts: ArraySlice<Int32>) -> Sampler.Item {
        guard let state = states[entry.slot] else { preconditionFailure("a slot without a sequence") }
        assert(state.position == entry.firstPosition + entry.count - entry.draftCount)
        return Sampler.Item(state: state, firstRow: firstRow, drafts: Array(drafts))
    }

    private func collect(into result: inout StepResult) {
        let hasLogprobs = sampled.contains { !$0.logprobs.isEmpty }
        for choice in sampled {
            result.tokens.append(contentsOf: choice.tokens)
            result.counts.append(choice.tokens.count)
            guard hasLogprobs else { continue }
            for place in choice.tokens.indices {
                result.logprobs.append(choice.logprobs.isEmpty ? nil : choice.logprobs[place])
            }
        }
    }

    /// Natural logarithm of a token's probability; -infinity where the logits are not finite.
    private func score(_ token: Int32, row: Int) -> Float {
        guard token >= 0 else { return 0 }
        let logits = UnsafeBufferPointer(buffers.logitRow(row))
        return kernels.softmaxScan(logits).logprob(logits[Int(token)])
    }
}
