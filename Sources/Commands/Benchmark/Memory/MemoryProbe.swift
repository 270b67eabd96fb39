internal import LMDeploy
internal import TurboMind

/// Fills the KV cache of a fresh engine with a full batch of full sessions and looks at the process's memory.
struct MemoryProbe {
    let pipeline: Pipeline
    let configuration: MemoryCase

    func measure() async throws -> MemoryMeasurement {
        let synthetic = try SyntheticPrompts.ordinary(pipeline)
        let prompts = (0..<configuration.batch).map { index in
            synthetic.tokens(count: configuration.promptTokens, seed: UInt64(index))
        }
        // With their prompts in the prefix cache, all replies start at the same moment and stay side by side.
        for prompt in prompts { _ = try await run(prompt, completionTokens: 0) }
        let blocksHeld = try await withThrowingTaskGroup(of: Int.self) { group in
            for prompt in prompts {
                group.addTask { try await run(prompt, completionTokens: configuration.completionTokens) }
            }
            return try await group.reduce(0, max)
        }
        guard let memory = ProcessMemory.current() else {
            throw ToolError.measurement("the system does not tell this process's memory")
        }
        let plan = pipeline.plan
        guard blocksHeld == plan.blockCount else {
            throw ToolError.measurement(
                "the batch held \(blocksHeld) blocks of \(plan.blockCount): the cache was not filled")
        }
        return MemoryMeasurement(
            weightBytes: plan.weightBytes, kvCacheBytes: plan.kvCacheBytes, scratchBytes: plan.scratchBytes,
            otherBytes: plan.otherBytes, kvBytesPerToken: plan.kvBytesPerToken, blocks: plan.blockCount,
            blocksHeld: blocksHeld, peakResidentBytes: memory.peakResidentBytes,
            anonymousBytes: memory.anonymousBytes)
    }

    /// - Returns: most blocks that all requests together held while this one ran.
    private func run(_ prompt: [Int32], completionTokens: Int) async throws -> Int {
        let events = try pipeline.engine.submit(
            GenerationRequest(prompt: prompt, maxNewTokens: completionTokens))
        var held = 0
        for await event in events {
            held = max(held, pipeline.engine.statistics.activeBlocks)
            if case .finished(.failed(let message), _) = event { throw ToolError.measurement(message) }
        }
        return held
    }
}
