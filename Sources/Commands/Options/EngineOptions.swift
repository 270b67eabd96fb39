package import ArgumentParser
package import LMDeploy

/// How the engine is set up.
package struct EngineOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The inference backend: turbomind.", valueName: "name"))
    package var backend = "turbomind"

    @Option(
        help: ArgumentHelp(
            "Format weights are held and computed in: auto, float32, float16, bfloat16, w8 or w4.",
            valueName: "type"))
    package var dtype = "auto"

    @Option(
        help: ArgumentHelp(
            "Most tokens of a conversation, prompt and reply together. (default: the model's own limit)",
            valueName: "tokens"))
    package var sessionLen: Int?

    @Option(
        help: ArgumentHelp(
            "Share of the free memory for the KV cache (0 to 1), or a number of blocks (above 1). (default: 0.8)",
            valueName: "share"))
    package var cacheMaxEntryCount: Double?

    @Option(
        help: ArgumentHelp(
            "Size of the KV cache, such as 2GiB or 500MB; goes before --cache-max-entry-count.",
            valueName: "size"))
    package var kvCache: String?

    @Option(
        help: ArgumentHelp(
            "KV cache quantisation: 0 stores 16 bits, 8 stores 8 bits, 4 stores 4 bits. (default: 0)",
            valueName: "bits"))
    package var quantPolicy: Int?

    @Option(
        help: ArgumentHelp("Tokens in a block of the KV cache: 16, 32, 64, 128, 192 or 256. (default: 64)"))
    package var cacheBlockSeqLen: Int?

    @Option(
        help: ArgumentHelp(
            "Factor of NTK scaling of positions, for sessions longer than the model's; 0 is none. (default: 0)",
            valueName: "factor"))
    package var ropeScalingFactor: Double?

    @Flag(
        inversion: .prefixedNo,
        help: "Share the KV cache of what conversations begin alike with.")
    package var enablePrefixCaching = true

    @Option(help: ArgumentHelp("Most prompt tokens computed in one step.", valueName: "tokens"))
    package var maxPrefillTokenNum = 512

    @Option(help: ArgumentHelp("Degree of tensor parallelism: 1.", valueName: "ranks"))
    package var tp = 1

    @Option(help: ArgumentHelp("Compute threads. (default: the physical cores this process may use)"))
    package var threads: Int?

    @Flag(
        inversion: .prefixedNo,
        help: "Keep each thread on a core of its own when there are as many threads as cores.")
    package var cpuAffinity = true

    package init() {}

    package func validate() throws {
        try require(
            backend == "turbomind", "--backend", "'\(backend)'",
            "turbomind: the PyTorch engine is not part of this program")
        try require([nil, 0, 4, 8].contains(quantPolicy), "--quant-policy", quantPolicy ?? 0, "0, 4 or 8")
        try require(
            [nil, 16, 32, 64, 128, 192, 256].contains(cacheBlockSeqLen), "--cache-block-seq-len",
            cacheBlockSeqLen ?? 0, "16, 32, 64, 128, 192 or 256")
        let factor = ropeScalingFactor ?? 0
        try require(
            factor == 0 || factor >= 1 && factor <= 1024, "--rope-scaling-factor", factor,
            "0 for none, or 1 to 1024")
        try require(
            maxPrefillTokenNum >= 1, "--max-prefill-token-num", maxPrefillTokenNum, "at least 1")
        try require(
            kvCache.map { ByteSize($0) != nil } ?? true, "--kv-cache", "'\(kvCache ?? "")'",
            "a number with a unit: KB, MB, GB, KiB, MiB, GiB or none for bytes")
        try require(tp == 1, "--tp", tp, "1: this version has no tensor parallelism")
        try require(sessionLen.map { $0 > 0 } ?? true, "--session-len", sessionLen ?? 0, "at least 1")
        try require(threads.map { $0 > 0 } ?? true, "--threads", threads ?? 0, "at least 1")
        let share = cacheMaxEntryCount ?? 1
        let isShare = share > 0 && share <= 1
        let isBlockCount = share > 1 && share.rounded() == share
        try require(
            isShare || isBlockCount, "--cache-max-entry-count", share,
            "a share above 0 and up to 1, or a whole number of blocks")
    }

    /// The engine's configuration for at most `maxBatchSize` replies at the same time.
    package func engineConfig(maxBatchSize: Int) -> TurbomindEngineConfig {
        TurbomindEngineConfig(
            dtype: dtype, sessionLength: sessionLen, maxBatchSize: maxBatchSize,
            cacheMaxEntryCount: cacheMaxEntryCount, kvCacheBytes: kvCache.flatMap { ByteSize($0)?.bytes },
            maxPrefillTokenNum: maxPrefillTokenNum, quantPolicy: quantPolicy,
            cacheBlockSeqLen: cacheBlockSeqLen, enablePrefixCaching: enablePrefixCaching, threads: threads,
            cpuAffinity: cpuAffinity, ropeScalingFactor: ropeScalingFactor)
    }

    private func require(_ valid: Bool, _ name: String, _ found: some Any, _ expected: String)
        throws(ToolError)
    {
        if !valid { throw .option(name: name, found: "\(found)", expected: expected) }
    }
}
