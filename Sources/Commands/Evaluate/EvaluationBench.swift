internal import Evaluation
internal import Hub
internal import LMDeploy
internal import Tensors

/// What a measurement runs on: kernels, threads, and the line that says how far it is.
struct EvaluationBench {
    let loader: ModelLoader
    let kernels: Kernels
    let pool: WorkerPool
    private let clock = ContinuousClock()

    init(_ config: TurbomindEngineConfig) throws {
        let environment = CurrentProcess.environment
        loader = ModelLoader(environment: environment)
        kernels = try Kernels.select(environment: environment)
        pool = try config.makePool()
    }

    /// - Parameter format: the format the model must have, as `--model-format` names it.
    func load(
        _ model: String?, hub: HubOptions, format: String?, config: TurbomindEngineConfig
    ) throws -> LoadedWeights {
        let path = try loader.path(of: model, hub: hub)
        var config = config
        config.modelFormat = format
        let progress = loader.progress
        defer { progress.clear() }
        return try LoadedWeights(path: path, backendConfig: config, pool: pool) { step in
            let percent = ModelLoader.percent(step.completedBytes, of: step.totalBytes)
            progress.show("loading \(path): \(percent)")
        }
    }

    func reader(_ weights: LoadedWeights, maxTokens: Int) throws -> LogitsReader {
        try LogitsReader(
            name: weights.name, model: weights.model, cacheElement: weights.cacheElement,
            cacheScales: weights.cacheScales, kernels: kernels, pool: pool, maxTokens: maxTokens)
    }

    /// Runs `body`, which reports its progress, and says how long it took.
    func timed<Result>(
        unit: String, _ body: ((EvaluationProgress) -> Void) throws -> Result
    ) rethrows -> (result: Result, seconds: Double) {
        let progress = loader.progress
        defer { progress.clear() }
        let start = clock.now
        let result = try body { step in
            let elapsed = (clock.now - start).inSeconds
            progress.show(Self.line(step, unit: unit, elapsedSeconds: elapsed))
        }
        return (result, (clock.now - start).inSeconds)
    }

    /// `12288 of 100000 tokens, 12 %, 1:23 left, perplexity 16.551`
    static func line(_ step: EvaluationProgress, unit: String, elapsedSeconds: Double) -> String {
        var parts = [
            "\(step.completed) of \(step.total) \(unit)", ModelLoader.percent(step.completed, of: step.total),
        ]
        if step.completed > 0 {
            let rest = Double(step.total - step.completed) / Double(step.completed)
            parts.append("\(ModelLoader.duration(elapsedSeconds * rest)) left")
        }
        if let perplexity = step.perplexity { parts.append("perplexity \(perplexity.fixed(3))") }
        return parts.joined(separator: ", ")
    }
}
