/// What the engine set aside at start, and what a step costs.
public struct EnginePlan: Sendable, Equatable, CustomStringConvertible {
    /// Bytes of packed weights.
    public var weightBytes: Int
    /// Those of them that are mapped from a workspace's file: they take memory as they are first used, and the system
    /// may take it back.
    public var mappedWeightBytes = 0
    /// Bytes of the KV cache.
    public var kvCacheBytes: Int
    /// Bytes of activations and kernel scratch memory.
    public var scratchBytes: Int
    /// Bytes of the process besides, as of the moment when the weights were loaded: the program, the tokenizer, the
    /// Swift runtime, and whatever else the process holds. 0 in a plan that nothing was loaded for, and where the
    /// system does not tell.
    public var otherBytes = 0
    /// Blocks in the KV cache.
    public var blockCount: Int
    /// Tokens in a block.
    public var tokensPerBlock: Int
    /// How keys and values are held: `fp16`, `int8` and the like.
    public var kvFormat: String
    /// Bytes of KV cache per token.
    public var kvBytesPerToken: Int
    /// Most tokens of a sequence.
    public var sessionLength: Int
    /// Most sequences that run at once.
    public var maxBatchSize: Int
    /// Compute threads.
    public var threads: Int
    /// Instruction set: `generic`, `avx2`, `avxvnni`, `avx512bw`, `avx512` or `neon`.
    public var isa: String
    /// Weight format of the linear layers, e.g. `w4 g32`.
    public var weightFormat: String
    /// What the checkpoint's matrices were and how they are held, e.g. `Q4_K (168 tensors, 76 MiB) -> w4 g32 (84
    /// MiB), Q6_K (25, 20 MiB) -> w8 g32 (26 MiB)`.
    public var weightConversions: String
    /// Weight bytes read to decode one token (the embedding is only looked up).
    public var weightBytesPerStep: Int
    /// Multiply-accumulates in the linear layers per prompt token, the output head excluded.
    public var multiplyAccumulatesPerToken: Int

    /// All of these bytes: the resident memory of the process stays at this.
    public var totalBytes: Int { weightBytes + kvCacheBytes + scratchBytes + otherBytes }

    /// Two lines for people.
    public var description: String {
        func mebibytes(_ bytes: Int) -> String { "\((bytes + (1 << 19)) >> 20) MiB" }
        let other = otherBytes > 0 ? ", other \(mebibytes(otherBytes))" : ""
        let mapped = mappedWeightBytes > 0 ? ", mapped" : ""
        return
            "weights \(mebibytes(weightBytes)) (\(weightFormat)\(mapped)), kv cache \(mebibytes(kvCacheBytes)) "
            + "(\(blockCount) blocks of \(tokensPerBlock) tokens, \(kvFormat)), "
            + "scratch \(mebibytes(scratchBytes))\(other); "
            + "session \(sessionLength) tokens, batch \(maxBatchSize), \(threads) threads, \(isa)\n"
            + "tensors: \(weightConversions)"
    }
}
