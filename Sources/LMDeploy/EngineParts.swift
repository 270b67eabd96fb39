internal import Checkpoints
internal import Layers
internal import Models
internal import Tensors
internal import TurboMind

/// The memory of an engine, laid out: packed weights, KV cache and scratch.
struct EngineParts {
    let runner: ModelRunner
    let cache: KVCacheStorage
    let limits: SchedulerLimits
    let vocabulary: Int
    let plan: EnginePlan

    /// - Parameter readsValues: false plans only; no weight is read, and no memory is touched.
    init(
        checkpoint: Checkpoint, options: EngineOptions, environment: [String: String], readsValues: Bool,
        progress: @escaping (LoadProgress) -> Void = { _ in }
    ) throws {
        let kernels = try Kernels.select(environment: environment)
        let configuration = try options.positioned(checkpoint.configuration)
        limits = try options.limits(configuration: configuration)
        let pool = try WorkerPool(threads: options.threads)
        let loader = ParameterLoader(
            checkpoint: checkpoint, policy: options.formatPolicy, pool: pool, readsValues: readsValues
        ) {
            progress(LoadProgress(completedBytes: $0, totalBytes: $1))
        }
        let model = try ModelRegistry.load(configuration: configuration, loader: loader)
        try loader.finish()
        let shape = KVCacheShape(
            element: options.cacheElement(isFP32: model.cost.isFP32), layers: model.geometry.layers,
            keyValueHeads: model.geometry.keyValueHeads, headDimension: model.geometry.headDimension,
            tokensPerBlock: limits.tokensPerBlock)
        let mappedBytes = loader.mappedBytes
        cache = try KVCacheStorage(
            shape: shape, blocks: options.blocks(shape: shape, limits: limits, mappedBytes: mappedBytes),
            staticScales: options.staticScales(layers: shape.layers))
        runner = try ModelRunner(
            model: model, cache: cache, kernels: kernels, pool: pool,
            maxRows: limits.maxRows, maxBatchSize: limits.maxBatchSize, maxLogitRows: limits.maxLogitRows)
        vocabulary = model.geometry.vocabulary
        plan = EnginePlan(
            weightBytes: model.cost.weightBytes, mappedWeightBytes: mappedBytes,
            kvCacheBytes: cache.byteCount,
            scratchBytes: runner.scratchBytes,
            blockCount: cache.blocks, tokensPerBlock: shape.tokensPerBlock,
            kvFormat: shape.element.rawValue + (options.usesStaticScales ? " with static scales" : ""),
            kvBytesPerToken: shape.bytesPerBlock / shape.tokensPerBlock,
            sessionLength: limits.sessionLength, maxBatchSize: limits.maxBatchSize, threads: pool.threads,
            isa: kernels.instructionSet.rawValue, weightFormat: model.cost.formatDescription,
            weightConversions: loader.weightConversions.summary,
            weightBytesPerStep: model.cost.bytesPerStep,
            multiplyAccumulatesPerToken: model.cost.multiplyAccumulatesPerToken)
    }
}

extension ModelCost {
    var formatDescription: String {
        linearFormat == headFormat ? linearFormat : "\(linearFormat), head \(headFormat)"
    }
}

extension EnginePlan {
    /// What an engine for the model at `path` would set aside, without reading its weights.
    package static func planned(
        path: String, backendConfig: TurbomindEngineConfig, environment: [String: String]
    ) throws -> EnginePlan {
        let checkpoint = try Checkpoint.open(path, supportedArchitectures: ModelRegistry.architectures)
        let options = try EngineOptions(backendConfig, workspace: checkpoint.workspace)
        try options.check(checkpoint)
        return try EngineParts(
            checkpoint: checkpoint, options: options, environment: environment, readsValues: false
        ).plan
    }
}
