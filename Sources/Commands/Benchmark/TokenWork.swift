internal import LMDeploy

/// What the engine has to read and compute per token.
package struct TokenWork: Sendable, Equatable {
    /// Weight bytes read to decode one token.
    package var weightBytes: Int
    /// KV cache bytes read per token of context.
    package var kvBytesPerContextToken: Int
    /// Multiply-accumulates of the linear layers per prompt token.
    package var multiplyAccumulates: Int
    /// Format of the linear layers' weights, such as `w4 g32`.
    package var weightFormat: String

    package init(
        weightBytes: Int, kvBytesPerContextToken: Int, multiplyAccumulates: Int, weightFormat: String
    ) {
        self.weightBytes = weightBytes
        self.kvBytesPerContextToken = kvBytesPerContextToken
        self.multiplyAccumulates = multiplyAccumulates
        self.weightFormat = weightFormat
    }

    init(_ plan: EnginePlan) {
        self.init(
            weightBytes: plan.weightBytesPerStep, kvBytesPerContextToken: plan.kvBytesPerToken,
            multiplyAccumulates: plan.multiplyAccumulatesPerToken, weightFormat: plan.weightFormat)
    }
}
