internal import Checkpoints

extension TurbomindEngineConfig {
    static let usualBatchSize = 128
    static let usualCacheShare = 0.8
    static let usualBlockLength = 64

    /// With a workspace's settings where this configuration says nothing.
    func filled(by settings: WorkspaceSettings?) -> TurbomindEngineConfig {
        guard let settings else { return self }
        var config = self
        config.sessionLength = sessionLength ?? settings.sessionLength
        config.maxBatchSize = maxBatchSize ?? settings.maxBatchSize
        config.cacheMaxEntryCount = cacheMaxEntryCount ?? settings.cacheMaxEntryCount
        config.cacheBlockSeqLen = cacheBlockSeqLen ?? settings.cacheBlockSeqLen
        config.quantPolicy = quantPolicy ?? settings.quantPolicy
        config.ropeScalingFactor = ropeScalingFactor ?? settings.ropeScalingFactor
        config.useLognAttn = useLognAttn ?? settings.useLognAttn
        return config
    }
}

extension ModelWorkspace {
    /// What a start should say about a workspace.
    func notices(usesStaticScales: Bool) -> [String] {
        var notices = warnings
        if usesStaticScales {
            notices.append(
                "\(folder.weights) has past_kv_scale files, so quant_policy 4 means int8 with these scales, as it "
                    + "did up to LMDeploy 0.3; 8 is int8 without them")
        }
        if packed.ranks > 1 {
            notices.append(
                "\(folder.path) is divided between \(packed.ranks) ranks, which are joined as it is loaded: "
                    + "convert with --tp 1 for a faster start")
        }
        return notices
    }
}
