internal import ChatTemplates
internal import Checkpoints
internal import Layers
internal import Models
internal import Tensors
internal import Tokenization
internal import TurboMind

/// A checkpoint turned into everything a pipeline needs; the engine is not running yet.
struct LoadedModel {
    let name: String
    let tokenizer: Tokenizer
    let chatTemplate: ChatTemplate
    let stopTokens: [Int32]
    let engine: Engine
    let plan: EnginePlan

    init(
        path: String, backendConfig: TurbomindEngineConfig, chatTemplateConfig: ChatTemplateConfig,
        environment: [String: String], progress: @escaping (LoadProgress) -> Void
    ) throws {
        let options = try EngineOptions(backendConfig)
        let kernels = try Kernels.select(environment: environment)
        let checkpoint = try Checkpoint.open(path, supportedArchitectures: ModelRegistry.architectures)
        name = Self.name(of: path)
        tokenizer = try Tokenizer(source: checkpoint.tokenizerSource())
        chatTemplate = try ChatTemplate(checkpoint: checkpoint, config: chatTemplateConfig)
        stopTokens = Self.stopTokens(checkpoint, tokenizer: tokenizer)
        let limits = try options.limits(configuration: checkpoint.configuration)

        let pool = try WorkerPool(threads: options.threads)
        let loader = ParameterLoader(checkpoint: checkpoint, policy: options.formatPolicy, pool: pool) {
            progress(LoadProgress(completedBytes: $0, totalBytes: $1))
        }
        let model = try ModelRegistry.load(configuration: checkpoint.configuration, loader: loader)
        try loader.finish()
        let shape = KVCacheShape(
            element: model.cost.isFP32 ? .fp32 : .fp16, layers: model.geometry.layers,
            keyValueHeads: model.geometry.keyValueHeads, headDimension: model.geometry.headDimension)
        let cache = try KVCacheStorage(shape: shape, blocks: options.blocks(shape: shape, limits: limits))
        let runner = try ModelRunner(
            model: model, cache: cache, kernels: kernels, pool: pool,
            maxRows: limits.prefillTokensPerStep + limits.maxBatchSize, maxBatchSize: limits.maxBatchSize)
        plan = EnginePlan(
            weightBytes: model.cost.weightBytes, kvCacheBytes: cache.byteCount,
            scratchBytes: runner.scratchBytes,
            blockCount: cache.blocks, kvBytesPerToken: shape.bytesPerBlock / KVCacheShape.tokensPerBlock,
            sessionLength: limits.sessionLength, maxBatchSize: limits.maxBatchSize, threads: pool.threads,
            isa: kernels.instructionSet.rawValue, weightFormat: model.cost.formatDescription,
            weightBytesPerStep: model.cost.bytesPerStep,
            multiplyAccumulatesPerToken: model.cost.multiplyAccumulatesPerToken)
        let box = RunnerBox(runner)
        engine = try Engine(
            limits: limits, blocks: cache.blocks, vocabulary: model.geometry.vocabulary,
            makeRunner: { box.take() })
    }

    /// The last path component without ".gguf".
    static func name(of path: String) -> String {
        let last = path.split(separator: "/").last.map(String.init) ?? path
        return last.hasSuffix(".gguf") ? String(last.dropLast(5)) : last
    }

    private static func stopTokens(_ checkpoint: Checkpoint, tokenizer: Tokenizer) -> [Int32] {
        var tokens = checkpoint.configuration.eosTokenIDs + checkpoint.generationDefaults.eosTokenIDs
        if let eos = tokenizer.eosID { tokens.append(eos) }
        return Array(Set(tokens)).sorted()
    }
}

/// Carries the runner to the engine's thread.
private final class RunnerBox: @unchecked Sendable {
    // SAFETY: built on one thread, taken once on the engine's thread, which starts after the box is complete.
    private let runner: ModelRunner

    init(_ runner: ModelRunner) { self.runner = runner }

    func take() -> ModelRunner { runner }
}

extension ModelCost {
    fileprivate var formatDescription: String {
        linearFormat == headFormat ? linearFormat : "\(linearFormat), head \(headFormat)"
    }
}

extension Tokenizer {
    fileprivate init(source: TokenizerSource) throws {
        switch source {
        case .huggingFace(let json, let configuration):
            try self.init(tokenizerJSON: json, tokenizerConfigJSON: configuration)
        case .gguf(let metadata):
            try self.init(
                vocabulary: GGUFVocabulary(
                    model: metadata.model, pre: metadata.pre ?? "default", tokens: metadata.tokens,
                    types: metadata.types, scores: metadata.scores, merges: metadata.merges,
                    bosID: metadata.bosTokenID, eosID: metadata.eosTokenID,
                    unknownID: metadata.unknownTokenID,
                    paddingID: metadata.paddingTokenID,
                    addBOS: metadata.addBOS ?? (metadata.pre == "llama-bpe"),
                    addEOS: metadata.addEOS ?? false, addSpacePrefix: metadata.addSpacePrefix ?? false))
        }
    }
}
