internal import Checkpoints

extension EngineOptions {
    /// The model's configuration with what the settings change about positions.
    ///
    /// `rope_scaling_factor` is LMDeploy's dynamic NTK scaling. There, the base of a conversation's angles follows
    /// from its length; here it is that of the session's length for all, so that a reply depends on its request
    /// alone. Sessions no longer than the model's positions change nothing, as there.
    func positioned(_ configuration: ModelConfiguration) throws(PipelineError) -> ModelConfiguration {
        if config.useLognAttn == true {
            throw .invalidParameter(
                field: "use_logn_attn", found: "1",
                expected: "0, because \(configuration.architecture) has no logn attention")
        }
        let factor = config.ropeScalingFactor ?? 0
        guard factor == 0 || factor >= 1 && factor <= 1024 else {
            throw .invalidParameter(
                field: "rope_scaling_factor", found: "\(factor)", expected: "0 for none, or 1...1024")
        }
        let session = config.sessionLength ?? configuration.maximumPositions
        guard factor > 0, session > configuration.maximumPositions else { return configuration }
        guard case .none = configuration.ropeScaling else {
            throw .invalidParameter(
                field: "rope_scaling_factor", found: "\(factor)",
                expected: "0, because the model scales its positions itself")
        }
        let dimension = Double(configuration.headDimension) * configuration.rotaryFraction
        var scaled = configuration
        let stretch = factor * Double(session) / Double(configuration.maximumPositions) - (factor - 1)
        scaled.ropeTheta *= power(stretch, dimension / max(dimension - 2, 1))
        scaled.maximumPositions = session
        return scaled
    }
}
