internal import Checkpoints
internal import LMDeploy

/// Finds, fetches and loads models, showing how far it has come.
struct ModelLoader {
    let environment: [String: String]
    let progress: ProgressLine

    init(environment: [String: String]) {
        self.environment = environment
        progress = ProgressLine(environment: environment)
    }

    /// Loads what the user named.
    func load(
        _ options: ModelOptions, engineConfig: TurbomindEngineConfig, template: ChatTemplateConfig
    ) throws -> Pipeline {
        let path = try path(of: options.model)
        try Self.check(path: path, isA: options.modelFormat.flatMap(ModelFormat.init))
        defer { progress.clear() }
        let progress = progress
        progress.show("loading \(path)")
        return try Pipeline(path, backendConfig: engineConfig, chatTemplateConfig: template) { step in
            progress.show("loading \(path): \(Self.percent(step.completedBytes, of: step.totalBytes))")
        }
    }

    /// The path of `model`; without a model, of the default one, which is fetched when it is not in the cache.
    func path(of model: String?) throws -> String {
        let cache = ModelCache(environment: environment)
        guard let model else { return try fetchDefaultModel(into: cache) }
        if FilePresence.exists(model) { return model }
        if let cached = cache.listCachedModels().first(where: { $0.name == model }) { return cached.path }
        return model == DefaultModel.name ? try fetchDefaultModel(into: cache) : model
    }

    /// Fetches the default model, unless it is in the cache.
    func fetchDefaultModel(into cache: ModelCache) throws -> String {
        defer { progress.clear() }
        return try ModelFetcher(environment: environment).fetchDefaultModel(into: cache) { step in
            progress.show(Self.describe(step))
        }
    }

    /// Refuses a model whose format is not the one the user said it has.
    private static func check(path: String, isA format: ModelFormat?) throws(ToolError) {
        guard let format, FilePresence.exists(path) else { return }
        let found: ModelFormat = FilePresence.isFolder(path) ? .hf : .gguf
        guard found != format else { return }
        throw .option(
            name: "--model-format", found: format.rawValue,
            expected: "\(found.rawValue), because \(path) is a \(found == .hf ? "folder" : "file")")
    }

    private static func describe(_ step: FetchProgress) -> String {
        guard step.phase != .waiting else {
            return "another process is fetching \(DefaultModel.name), waiting for it"
        }
        return "\(step.phase.rawValue) \(DefaultModel.name): \(percent(step.bytes, of: step.totalBytes)) of "
            + step.totalBytes.byteText
    }

    private static func percent(_ done: Int, of total: Int) -> String {
        total > 0 ? "\((100 * Double(done) / Double(total)).fixed(0)) %" : "0 %"
    }
}
