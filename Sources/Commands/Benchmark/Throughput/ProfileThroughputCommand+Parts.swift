internal import LMDeploy
internal import TurboMind

extension ProfileThroughputCommand {
    var concurrencies: [Int] { concurrency.isEmpty ? [32] : concurrency }

    var sampling: SamplingParameters {
        SamplingParameters(temperature: temperature, topK: topK, topP: topP, seed: workload.seed)
    }

    var settings: ThroughputReport.Settings {
        ThroughputReport.Settings(
            dataset: workload.isRandom ? "random" : "sharegpt", promptCount: workload.numPrompts,
            isStreamed: streamOutput, skipsTokenizing: skipTokenize, skipsDetokenizing: skipDetokenize)
    }

    /// A long prompt runs beside replies, not after one of them.
    func room(for concurrency: Int) -> Int { concurrency + (longPromptLen == nil ? 0 : 1) }

    /// The first of two arguments is the data set where LMDeploy's scripts have it.
    mutating func sortPositionals() throws {
        let names = [model.positionalModel, positionalDataset].compactMap(\.self)
        let datasets = names.filter { $0.lowercased().hasSuffix(".json") }
        let models = names.filter { !$0.lowercased().hasSuffix(".json") }
        guard models.count <= 1, datasets.count <= 1 else {
            throw ToolError.conflict(
                "'\(names[0])' and '\(names[1])' are two \(models.count > 1 ? "models" : "data sets"): give a "
                    + "model and a data set whose name ends in .json")
        }
        model.positionalModel = models.first
        guard let dataset = datasets.first else { return }
        if let path = workload.datasetPath, path != dataset {
            throw ToolError.conflict(
                "the data set is given twice, as '\(dataset)' and as --dataset-path '\(path)': keep one")
        }
        workload.datasetPath = dataset
        try workload.validate()
    }

    func measure(
        _ requests: [ThroughputRequest], _ concurrency: Int, on pipeline: Pipeline
    ) async throws -> ThroughputSummary {
        let profiler = ThroughputProfiler(
            pipeline: pipeline, sampling: sampling, isStreamed: streamOutput,
            detokenizes: !skipDetokenize)
        // The first steps touch scratch memory and teach the engine what a step costs.
        let warmup = RandomWorkload(inputLength: 64, outputLength: 16, rangeRatio: 1)
            .requests(count: concurrency, synthetic: try .ordinary(pipeline), seed: ~workload.seed)
        _ = try await profiler.run(warmup, concurrency: concurrency)
        return try await profiler.run(requests, concurrency: concurrency)
    }
}

extension SyntheticPrompts {
    /// Prompts of ordinary tokens of a model's vocabulary.
    static func ordinary(_ pipeline: Pipeline) throws -> SyntheticPrompts {
        SyntheticPrompts(tokens: try pipeline.tokens(of: .raw(passage)))
    }
}
