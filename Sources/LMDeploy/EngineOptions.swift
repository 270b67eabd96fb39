internal import Checkpoints
internal import Layers
internal import Tensors
internal import TurboMind

/// LMDeploy's engine settings, checked and turned into plain names.
struct EngineOptions {
    let formatPolicy: FormatPolicy
    let threads: Int
    let config: TurbomindEngineConfig
    private let maxBatchSize: Int
    private let cacheShare: Double
    private let tokensPerBlock: Int
    private let quantPolicy: Int
    /// Scales of a static int8 KV cache, where they are wanted.
    private let cacheScales: CacheScaleFiles?
    private let ranks: Int
    private let modelFormat: ModelFormat?

    /// Names accepted for `dtype`, besides `auto`.
    private static let dtypes: [(name: String, storage: WeightFormat.Storage)] = [
        ("float32", .fp32), ("fp32", .fp32), ("float16", .fp16), ("fp16", .fp16), ("bfloat16", .bf16),
        ("bf16", .bf16), ("int8", .w8), ("w8", .w8), ("int4", .w4), ("w4", .w4),
    ]

    /// - Parameter workspace: the model, where it is one; its settings count where `config` says nothing.
    init(_ config: TurbomindEngineConfig, workspace: ModelWorkspace? = nil) throws(PipelineError) {
        let config = config.filled(by: workspace?.settings)
        maxBatchSize = config.maxBatchSize ?? TurbomindEngineConfig.usualBatchSize
        cacheShare = config.cacheMaxEntryCount ?? TurbomindEngineConfig.usualCacheShare
        tokensPerBlock = config.cacheBlockSeqLen ?? TurbomindEngineConfig.usualBlockLength
        quantPolicy = config.quantPolicy ?? 0
        let scaleFiles = quantPolicy == 4 ? workspace?.cacheScales : nil
        cacheScales = scaleFiles?.exist == true ? scaleFiles : nil
        ranks = workspace?.packed.ranks ?? 1
        func require(_ valid: Bool, _ field: String, _ found: some Any, _ expected: String)
            throws(PipelineError)
        {
            if !valid { throw .invalidParameter(field: field, found: "\(found)", expected: expected) }
        }
        let dtype = config.dtype.lowercased()
        let storage = Self.dtypes.first { $0.name == dtype }?.storage
        try require(
            storage != nil || dtype == "auto", "dtype", "'\(config.dtype)'",
            "auto, float32, float16, bfloat16, w8 or w4")
        try require(
            [0, 4, 8].contains(quantPolicy), "quant_policy", quantPolicy,
            "0 (16 bits), 8 (int8) or 4 (int4)")
        try require(
            maxBatchSize >= 1 && maxBatchSize <= 4096, "max_batch_size", maxBatchSize, "1...4096")
        try require(
            config.maxPrefillTokenNum >= 1 && config.maxPrefillTokenNum <= 65536, "max_prefill_token_num",
            config.maxPrefillTokenNum, "1...65536")
        try require(
            KVCacheShape.supports(tokensPerBlock: tokensPerBlock) && tokensPerBlock <= 256,
            "cache_block_seq_len", tokensPerBlock, "16, 32, 64, 128, 192 or 256")
        let share = cacheShare
        try require(
            share > 0 && (share <= 1 || (share == share.rounded() && share < 1e9)), "cache_max_entry_count",
            share,
            "a share of the free memory above 0 and up to 1, or a whole number of blocks")
        try require(
            config.kvCacheBytes ?? 1 > 0, "kv_cache", config.kvCacheBytes ?? 0, "a number of bytes above 0")
        let threads = config.threads ?? Machine.physicalCores()
        try require(
            (1...WorkerPool.maximumThreads).contains(threads), "threads", threads,
            "1...\(WorkerPool.maximumThreads)")
        modelFormat = config.modelFormat.flatMap(ModelFormat.init(rawValue:))
        try require(
            config.modelFormat == nil || modelFormat != nil, "model_format", "'\(config.modelFormat ?? "")'",
            ModelFormat.names)
        formatPolicy = FormatPolicy(override: storage)
        self.threads = threads
        self.config = config
    }

    /// Refuses a model whose format is not the one that was asked for.
    func check(_ checkpoint: Checkpoint) throws(PipelineError) {
        guard let modelFormat, modelFormat != checkpoint.format else { return }
        guard let format = checkpoint.format else {
            throw .invalidParameter(
                field: "model_format", found: "'\(modelFormat.rawValue)'",
                expected:
                    "none, because \(checkpoint.path) is a workspace, whose weights are packed: leave it out")
        }
        let quantization = checkpoint.quantization.map { ", quantised: \($0)" } ?? ""
        throw .invalidParameter(
            field: "model_format", found: "'\(modelFormat.rawValue)'",
            expected:
                "'\(format.rawValue)', the format of \(checkpoint.path)\(quantization); give "
                + "that, or leave it out")
    }

    /// Requests that may wait for each slot.
    private static let waitingPerSlot = 32

    func limits(configuration: ModelConfiguration) throws(PipelineError) -> SchedulerLimits {
        let sessionLength = config.sessionLength ?? configuration.maximumPositions
        guard sessionLength >= 2 else {
            throw .invalidParameter(field: "session_len", found: "\(sessionLength)", expected: "at least 2")
        }
        guard sessionLength <= configuration.maximumPositions else {
            throw .invalidParameter(
                field: "session_len", found: "\(sessionLength)",
                expected: "at most the \(configuration.maximumPositions) positions of the model")
        }
        return SchedulerLimits(
            maxBatchSize: maxBatchSize, sessionLength: sessionLength,
            prefillTokensPerStep: min(config.maxPrefillTokenNum, sessionLength),
            maxWaiting: maxBatchSize * Self.waitingPerSlot, tokensPerBlock: tokensPerBlock,
            cachesPrefixes: config.enablePrefixCaching)
    }

    /// How keys and values are held.
    func cacheElement(isFP32: Bool) -> KVCacheShape.Element {
        switch quantPolicy {
        case 8: .int8
        case 4: cacheScales == nil ? .int4 : .int8
        default: isFP32 ? .fp32 : formatPolicy.override == .bf16 ? .bf16 : .fp16
        }
    }

    /// Whether the KV cache is int8 with scales from files.
    var usesStaticScales: Bool { cacheScales != nil }

    /// The scales of a static int8 KV cache for each layer; nil for other caches.
    func staticScales(layers: Int) throws(CheckpointError) -> [KVCacheScales]? {
        try cacheScales?.read(layers: layers, ranks: ranks)
    }

    /// Blocks of the KV cache: what the settings allow, but never more than all slots can use.
    /// - Parameter mappedBytes: of weights that are not in memory yet, or count as free although they are.
    func blocks(
        shape: KVCacheShape, limits: SchedulerLimits, mappedBytes: Int
    ) throws(PipelineError) -> Int {
        let perSequence = BlockManager.blocks(
            forTokens: limits.sessionLength, tokensPerBlock: limits.tokensPerBlock)
        let useful = min(perSequence * limits.maxBatchSize, Int(Int32.max))
        let allowed: Int
        if let bytes = config.kvCacheBytes {
            allowed = bytes / shape.bytesPerBlock
        } else if cacheShare > 1 {
            allowed = Int(cacheShare)
        } else {
            let free = Double(max(0, Machine.availableMemoryBytes() - mappedBytes))
            allowed = Int(free * cacheShare) / shape.bytesPerBlock
        }
        guard allowed >= 1 else {
            throw .invalidParameter(
                field: "kv cache", found: "room for less than one block of \(shape.bytesPerBlock) bytes",
                expected: "at least one: free memory, or raise --cache-max-entry-count or --kv-cache")
        }
        return min(allowed, useful)
    }
}
