/// How the engine is set up. Names and defaults follow LMDeploy's `TurbomindEngineConfig`.
///
/// What is `nil` is taken from `config.ini` where the model is a workspace, else from the defaults that are named here.
public struct TurbomindEngineConfig: Sendable, Equatable {
    /// Format weights are held and computed in: `auto` keeps the checkpoint's, otherwise `float32`, `float16`,
    /// `bfloat16`, `w8` or `w4` (also `int8`, `int4`).
    public var dtype: String
    /// The format the model must have: `hf`, `gguf`, `llama`, `awq`, `gptq`, `compressed-tensors` or `fp8`. `nil`
    /// takes what the model's files say.
    public var modelFormat: String?
    /// Most tokens of a sequence, prompt and reply together. `nil` takes the model's own limit.
    public var sessionLength: Int?
    /// Most sequences that run at the same time; by default 128.
    public var maxBatchSize: Int?
    /// Share of the free memory (0...1) the KV cache may take, or a number of blocks (a whole number above 1); by
    /// default 0.8.
    public var cacheMaxEntryCount: Double?
    /// Size of the KV cache in bytes; overrides `cacheMaxEntryCount`.
    public var kvCacheBytes: Int?
    /// Most prompt tokens computed in one step.
    public var maxPrefillTokenNum: Int
    /// KV cache precision: 0 stores 16 bits (32 when weights are computed in fp32), 8 stores int8 and 4 stores int4,
    /// with a scale and an offset for each token and head; by default 0. In a workspace with `past_kv_scale` files 4
    /// stores int8 with the scales of these files.
    public var quantPolicy: Int?
    /// Tokens in a block of the KV cache: 16, 32, 64, 128, 192 or 256; by default 64.
    public var cacheBlockSeqLen: Int?
    /// Factor of NTK scaling of positions, from 1 on, for sessions longer than the model's positions; by default 0,
    /// which is none.
    public var ropeScalingFactor: Double?
    /// Whether attention scales by the logarithm of the position, which no model here does; by default false.
    public var useLognAttn: Bool?
    /// Whether sequences that begin alike share the blocks of what they have in common.
    public var enablePrefixCaching: Bool
    /// Compute threads. `nil` takes the physical cores this process may use.
    public var threads: Int?
    /// Whether each thread is kept on a core of its own when there are as many threads as cores.
    public var cpuAffinity: Bool
    /// Folder that keeps conversations (``Pipeline/session(id:system:)``) over a restart. `nil` keeps none.
    public var sessionStore: String?
    /// Branch, tag or commit of a model that is named by a hub's identifier. `nil` takes the hub's default.
    public var revision: String?
    /// Folder for downloaded models. `nil` takes the hub's cache.
    public var downloadDirectory: String?

    /// Creates a configuration with the defaults.
    public init(
        dtype: String = "auto", sessionLength: Int? = nil, maxBatchSize: Int? = nil,
        cacheMaxEntryCount: Double? = nil, kvCacheBytes: Int? = nil, maxPrefillTokenNum: Int = 512,
        quantPolicy: Int? = nil, cacheBlockSeqLen: Int? = nil, enablePrefixCaching: Bool = true,
        threads: Int? = nil, cpuAffinity: Bool = true, sessionStore: String? = nil, revision: String? = nil,
        downloadDirectory: String? = nil, ropeScalingFactor: Double? = nil, useLognAttn: Bool? = nil,
        modelFormat: String? = nil
    ) {
        self.dtype = dtype
        self.sessionLength = sessionLength
        self.maxBatchSize = maxBatchSize
        self.cacheMaxEntryCount = cacheMaxEntryCount
        self.kvCacheBytes = kvCacheBytes
        self.maxPrefillTokenNum = maxPrefillTokenNum
        self.quantPolicy = quantPolicy
        self.cacheBlockSeqLen = cacheBlockSeqLen
        self.ropeScalingFactor = ropeScalingFactor
        self.useLognAttn = useLognAttn
        self.enablePrefixCaching = enablePrefixCaching
        self.threads = threads
        self.cpuAffinity = cpuAffinity
        self.sessionStore = sessionStore
        self.revision = revision
        self.downloadDirectory = downloadDirectory
        self.modelFormat = modelFormat
    }
}
