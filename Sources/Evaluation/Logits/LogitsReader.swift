package import Models
package import Tensors
internal import TurboMind

/// Runs texts through a model and shows the logits of every position, a few rows at a time.
///
/// The logits are the engine's to the last bit: the same kernels compute them, from a KV cache of the same kind,
/// and no bit depends on how a text is cut into steps. Memory is bounded whatever the vocabulary and the text.
/// Confined to one thread at a time, as its pool is.
package final class LogitsReader {
    /// What messages call the model.
    package let name: String
    package let vocabulary: Int
    /// Most tokens of a text.
    package let maxTokens: Int
    /// Most rows whose logits are computed at once.
    package let logitRows: Int
    let pool: WorkerPool
    let kernels: Kernels
    private let runner: ModelRunner
    private var plan = StepPlan()

    /// Most rows of a step: where wider steps are hardly faster.
    package static let stepRows = 512
    /// Logits are read once, right after they were computed; 64 rows of the largest vocabularies are room enough
    /// for a step to be worth its start.
    package static let defaultLogitBytes = 64 << 20

    /// - Parameters:
    ///   - cacheElement: how keys and values are held.
    ///   - cacheScales: of a static int8 KV cache, for each layer.
    ///   - maxTokens: most tokens of a text. Memory for them is taken as it is needed.
    ///   - logitBytes: room for logits; at least one row is held.
    package init(
        name: String, model: any CausalLanguageModel, cacheElement: KVCacheShape.Element,
        cacheScales: [KVCacheScales]? = nil, kernels: Kernels, pool: WorkerPool, maxTokens: Int,
        logitBytes: Int = defaultLogitBytes
    ) throws(TensorError) {
        let geometry = model.geometry
        let shape = KVCacheShape(
            element: cacheElement, layers: geometry.layers, keyValueHeads: geometry.keyValueHeads,
            headDimension: geometry.headDimension)
        let blocks = BlockManager.blocks(forTokens: maxTokens, tokensPerBlock: shape.tokensPerBlock)
        let rows = min(Self.stepRows, maxTokens)
        logitRows = max(1, min(rows, logitBytes / (geometry.vocabulary * MemoryLayout<Float>.stride)))
        runner = try ModelRunner(
            model: model,
            cache: try KVCacheStorage(shape: shape, blocks: blocks, staticScales: cacheScales),
            kernels: kernels, pool: pool, maxRows: rows, maxBatchSize: 1, maxLogitRows: logitRows)
        plan.blocks = Array(0..<Int32(blocks))
        self.name = name
        self.kernels = kernels
        self.pool = pool
        self.maxTokens = maxTokens
        vocabulary = geometry.vocabulary
    }

    /// Computes a text and shows the logits after its tokens, row by row.
    /// - Parameters:
    ///   - first: position of the first token whose logits are wanted.
    ///   - body: takes a position and its logits, which are valid during the call.
    package func read<Failure: Error>(
        _ tokens: [Int32], from first: Int = 0,
        _ body: (_ position: Int, _ logits: UnsafeBufferPointer<Float>) throws(Failure) -> Void
    ) throws(Failure) {
        for step in StepSchedule(tokens.indices, firstWanted: first, logitRows: logitRows) {
            let start = step.positions.lowerBound
            let rows = self.step(tokens[step.positions], at: start, wantsLogits: step.wantsLogits)
            for row in 0..<rows.count { try body(start + row, rows[row]) }
        }
    }

    /// Computes `tokens`, which stand at the positions from `start` on, in one step. What stands before them was
    /// computed by earlier steps.
    /// - Parameter wantsLogits: whether their logits are computed; otherwise only keys and values are.
    /// - Returns: their logits, until the next step.
    @discardableResult
    func step(_ tokens: ArraySlice<Int32>, at start: Int, wantsLogits: Bool) -> LogitRows {
        precondition(start + tokens.count <= maxTokens, "more tokens than the cache has room for")
        plan.tokens = Array(tokens)
        plan.entries = [
            .init(
                slot: 0, id: RequestID(1), firstPosition: start, count: tokens.count, blockOffset: 0,
                samples: false, scores: wantsLogits)
        ]
        runner.computeLogits(plan)
        return LogitRows(runner: runner, count: wantsLogits ? tokens.count : 0)
    }

    /// Throws when a token has no row in the embedding.
    func check(_ tokens: [Int32]) throws(EvaluationError) {
        for (place, token) in tokens.enumerated() where token < 0 || Int(token) >= vocabulary {
            throw .tokenOutOfRange(token: token, place: place, vocabulary: vocabulary)
        }
    }
}

/// The logits of the step that was computed last.
struct LogitRows {
    fileprivate let runner: ModelRunner
    let count: Int

    /// The logits after the step's token `row`; valid until the next step.
    subscript(row: Int) -> UnsafeBufferPointer<Float> { UnsafeBufferPointer(runner.logits(row: row)) }
}
