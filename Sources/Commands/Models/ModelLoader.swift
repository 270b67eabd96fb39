internal import Hub
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
        let path = try path(of: options.model, hub: options.hub)
        var engineConfig = engineConfig
        engineConfig.modelFormat = options.modelFormat
        defer { progress.clear() }
        let progress = progress
        progress.show("loading \(path)")
        let pipeline = try Pipeline(path, backendConfig: engineConfig, chatTemplateConfig: template) { step in
            guard step.totalBytes > 0 else { return }
            progress.show("loading \(path): \(Self.percent(step.completedBytes, of: step.totalBytes))")
        }
        progress.clear()
        for notice in pipeline.notices {
            try StandardStream.write("lmdeploy: note: \(notice.printable())\n", to: StandardStream.error)
        }
        return pipeline
    }

    /// The path of `model`: what lies there, a model in the cache or on a hub. Without a model it is the path of
    /// the default one. What is not in a cache is downloaded.
    func path(of model: String?, hub: HubOptions = HubOptions()) throws -> String {
        let cache = ModelCache(environment: environment)
        guard let model else { return try fetchDefaultModel(into: cache) }
        if FilePresence.exists(model) { return model }
        if let cached = cache.listCachedModels().first(where: { $0.name == model }) { return cached.path }
        if model == DefaultModel.name { return try fetchDefaultModel(into: cache) }
        guard ModelReference.isReference(model) else { return model }
        return try download(hub.reference(model), hub: hub)
    }

    /// Fetches the default model, unless it is in the cache.
    func fetchDefaultModel(into cache: ModelCache) throws -> String {
        defer { progress.clear() }
        return try InterruptGuard.run {
            let fetcher = ModelFetcher(environment: environment) { InterruptGuard.isInterrupted }
            return try fetcher.fetchDefaultModel(into: cache) { step in
                progress.show(Self.describe(step))
            }
        }
    }

    /// The path of a model on a hub, which is downloaded where it is not in the hub's cache.
    func download(
        _ reference: ModelReference, hub: HubOptions, files: FileSelection = FileSelection(),
        freshness: HubClient.Freshness = .cached
    ) throws -> String {
        let settings = try HubSettings(environment: environment, downloadFolder: hub.downloadDir)
        defer { progress.clear() }
        return try InterruptGuard.run {
            try HubClient(settings).resolve(
                reference, files: files, freshness: freshness,
                isCancelled: { InterruptGuard.isInterrupted || Task.isCancelled }
            ) { step in
                progress.show(Self.describe(step, of: reference.identifier))
            }
        }
    }

    private static func describe(_ step: FetchProgress) -> String {
        guard step.phase != .waiting else {
            return "another process is fetching \(DefaultModel.name), waiting for it"
        }
        return "\(step.phase.rawValue) \(DefaultModel.name): \(percent(step.bytes, of: step.totalBytes)) of "
            + step.totalBytes.byteText
    }

    /// One line about a download.
    static func describe(_ step: HubProgress, of identifier: String) -> String {
        switch step.phase {
        case .listing: return "asking for the files of \(identifier)"
        case .waiting: return "another process is downloading \(identifier), waiting for it"
        case .downloading, .verifying:
            var text =
                "\(step.phase.rawValue) \(identifier): \(percent(step.bytes, of: step.totalBytes)) of "
                + "\(step.totalBytes.byteText), \(step.completedFiles) of \(step.totalFiles) files"
            if step.phase == .downloading, let seconds = step.secondsLeft {
                text += ", \(Int(step.bytesPerSecond).byteText)/s, \(duration(seconds)) left"
            }
            return text
        }
    }

    static func duration(_ seconds: Double) -> String {
        guard seconds < 360_000 else { return "days" }
        let seconds = Int(seconds.rounded(.up))
        let (minutes, rest) = (seconds / 60, seconds % 60)
        let text = rest < 10 ? "0\(rest)" : "\(rest)"
        return minutes < 60
            ? "\(minutes):\(text)" : "\(minutes / 60):\(minutes % 60 < 10 ? "0" : "")\(minutes % 60):\(text)"
    }

    static func percent(_ done: Int, of total: Int) -> String {
        total > 0 ? "\((100 * Double(done) / Double(total)).fixed(0)) %" : "0 %"
    }
}
