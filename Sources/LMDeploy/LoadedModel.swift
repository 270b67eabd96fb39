internal import ChatTemplates
internal import Checkpoints
internal import Hub
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
    /// Why this template: "from --chat-template", "the model's own (tokenizer_config.json)" and the like.
    let chatTemplateReason: String
    let stopTokens: [Int32]
    let engine: Engine
    let plan: EnginePlan
    let notices: [String]

    init(
        path: String, backendConfig: TurbomindEngineConfig, chatTemplateConfig: ChatTemplateConfig,
        environment: [String: String], progress: @escaping (LoadProgress) -> Void
    ) throws {
        // What is wrong with the options is told before a model is opened.
        _ = try EngineOptions(backendConfig)
        let checkpoint = try Checkpoint.open(path, supportedArchitectures: ModelRegistry.architectures)
        let options = try EngineOptions(backendConfig, workspace: checkpoint.workspace)
        try options.check(checkpoint)
        name = checkpoint.workspace?.settings.modelName ?? Self.name(of: path)
        notices = checkpoint.workspace?.notices(usesStaticScales: options.usesStaticScales) ?? []
        tokenizer = try Tokenizer(source: checkpoint.tokenizerSource())
        let choice = try ChatTemplateChoice(checkpoint: checkpoint, config: chatTemplateConfig)
        chatTemplate = choice.template
        chatTemplateReason = choice.reason
        stopTokens = Self.stopTokens(checkpoint, tokenizer: tokenizer)
        let engineParts = try EngineParts(
            checkpoint: checkpoint, options: options, environment: environment, readsValues: true,
            progress: progress)
        plan = engineParts.plan
        let box = RunnerBox(engineParts.runner)
        engine = try Engine(
            limits: engineParts.limits, blocks: engineParts.cache.blocks,
            vocabulary: engineParts.vocabulary
        ) {
            let runner = box.take()
            if backendConfig.cpuAffinity { runner.takeCores() }
            return runner
        }
    }

    /// The last path component without ".gguf"; in a hub's cache the model's name.
    static func name(of path: String) -> String {
        if let name = SnapshotPath.modelName(of: path) { return name }
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
