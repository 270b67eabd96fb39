package import Checkpoints
internal import Layers
package import Models
package import Tensors
package import Tokenization

/// A model in memory with its tokenizer, and no engine around it.
package struct LoadedWeights {
    package let path: String
    package let name: String
    package let model: any CausalLanguageModel
    package let tokenizer: Tokenizer
    package let configuration: ModelConfiguration
    /// How keys and values are held, as an engine of this configuration would.
    package private(set) var cacheElement: KVCacheShape.Element
    /// Scales of a static int8 KV cache for each layer; nil for other caches.
    package private(set) var cacheScales: [KVCacheScales]?
    private let workspace: ModelWorkspace?

    /// Reads what `backendConfig` says about formats and the KV cache.
    /// - Parameter pool: fills the weights; its threads go before those of the configuration.
    package init(
        path: String, backendConfig: TurbomindEngineConfig, pool: WorkerPool,
        progress: @escaping (LoadProgress) -> Void = { _ in }
    ) throws {
        // What is wrong with the options is told before a model is opened.
        _ = try EngineOptions(backendConfig)
        let checkpoint = try Checkpoint.open(path, supportedArchitectures: ModelRegistry.architectures)
        let options = try EngineOptions(backendConfig, workspace: checkpoint.workspace)
        try options.check(checkpoint)
        self.path = path
        name = checkpoint.workspace?.settings.modelName ?? LoadedModel.name(of: path)
        configuration = try options.positioned(checkpoint.configuration)
        workspace = checkpoint.workspace
        tokenizer = try Tokenizer(source: checkpoint.tokenizerSource())
        let loader = ParameterLoader(checkpoint: checkpoint, policy: options.formatPolicy, pool: pool) {
            progress(LoadProgress(completedBytes: $0, totalBytes: $1))
        }
        model = try ModelRegistry.load(configuration: configuration, loader: loader)
        try loader.finish()
        cacheElement = options.cacheElement(isFP32: model.cost.isFP32)
        cacheScales = try options.staticScales(layers: configuration.layerCount)
    }

    /// The same weights with another KV cache.
    package func withCache(of backendConfig: TurbomindEngineConfig) throws -> LoadedWeights {
        var copy = self
        let options = try EngineOptions(backendConfig, workspace: workspace)
        copy.cacheElement = options.cacheElement(isFP32: model.cost.isFP32)
        copy.cacheScales = try options.staticScales(layers: configuration.layerCount)
        return copy
    }

    /// `w4 g32, head w8 g32; kv cache fp16`.
    package var formatDescription: String {
        "\(model.cost.formatDescription); kv cache \(cacheElement.rawValue)"
            + (cacheScales == nil ? "" : " with static scales")
    }
}

extension TurbomindEngineConfig {
    /// The pool that an engine of this configuration would have.
    package func makePool() throws -> WorkerPool { try WorkerPool(threads: EngineOptions(self).threads) }
}
