internal import Checkpoints
internal import LMDeploy
internal import Models
internal import Quantization
internal import Tensors
internal import Tokenization

/// A run of one of `lite`'s commands, from the calibration text to the report.
struct LiteRun {
    let options: LiteOptions
    let quantization: QuantizationOptions

    /// Tokens of a piece of calibration text.
    private static let defaultLength = 512
    /// Seconds that the calibration may take where its size is not given.
    private static let defaultSeconds = 1800.0

    func run() async throws {
        let environment = CurrentProcess.environment
        let loader = ModelLoader(environment: environment)
        let path = try loader.path(of: options.model, hub: options.hub)
        let checkpoint = try Checkpoint.open(path, supportedArchitectures: ModelQuantizer.architectures)
        if checkpoint.workspace != nil {
            throw ToolError.conflict(
                "\(path) is a workspace, whose weights are packed already: give the model that it was made from"
            )
        }
        try ModelQuantizer.check(checkpoint, folder: options.workDir)
        let kernels = try Kernels.select(environment: environment)
        let pool = try WorkerPool(threads: options.threads ?? Machine.physicalCores())
        let rate = try MachineCeilings.measure(pool: pool, instructionSet: kernels.instructionSet)
            .float32GigaoperationsPerSecond.allThreads
        let estimate = QuantizationEstimate(
            geometry: ModelGeometry(checkpoint.configuration), options: quantization, gigaoperations: rate)
        let parts = try await text(checkpoint, path: path, estimate: estimate, loader: loader)
        let samples = parts.samples
        let quantizer = try ModelQuantizer(
            checkpoint: checkpoint, options: quantization, samples: samples, folder: options.workDir,
            kernels: kernels, pool: pool)
        try announce(quantizer, samples, estimate)
        let summary = try quantize(quantizer, loader.progress)
        let measurement = try LiteMeasurement(
            before: path, after: options.workDir, threads: options.threads, tokens: options.evalTokens
        ).run(parts.held, file: options.evalText)
        let report = LiteReport(
            summary, model: LiteReport.name(of: path), folder: options.workDir, measurement: measurement)
        try report.write()
    }

    // MARK: - Internals

    private func text(
        _ checkpoint: Checkpoint, path: String, estimate: QuantizationEstimate, loader: ModelLoader
    ) async throws -> CalibrationText.Parts {
        let limit = checkpoint.configuration.maximumPositions
        let length = min(options.calibSeqlen ?? Self.defaultLength, limit)
        let count = options.calibSamples ?? estimate.samples(length: length, seconds: Self.defaultSeconds)
        let text = CalibrationText(
            tokenizer: try Tokenizer(source: try checkpoint.tokenizerSource()), samples: count,
            length: length,
            held: options.evalText == nil ? options.evalTokens : 0)
        guard let dataset = options.calibDataset, dataset != "self" else {
            return try await own(text, path: path, loader: loader)
        }
        if FilePresence.exists(dataset) { return try text.read(dataset) }
        guard CalibrationText.datasets.contains(dataset) else {
            throw ToolError.option(
                name: "--calib-dataset", found: "'\(dataset)'",
                expected: "a file, a folder, self, or one of "
                    + CalibrationText.datasets.joined(separator: ", "))
        }
        if let cached = CalibrationText.cachedDataset(dataset, environment: loader.environment) {
            return try text.read(cached)
        }
        try StandardStream.write(
            "\(dataset) is not in the local cache: the model writes its calibration text itself\n",
            to: StandardStream.error)
        return try await own(text, path: path, loader: loader)
    }

    private func own(_ text: CalibrationText, path: String, loader: ModelLoader) async throws
        -> CalibrationText.Parts
    {
        loader.progress.show("the model writes its calibration text")
        defer { loader.progress.clear() }
        let pipeline = try Pipeline(
            path,
            backendConfig: TurbomindEngineConfig(
                dtype: "w8", sessionLength: 2 * text.length + 256, maxBatchSize: 16, threads: options.threads)
        )
        defer { pipeline.close() }
        return try await text.write(with: pipeline)
    }

    private func announce(
        _ quantizer: ModelQuantizer, _ samples: CalibrationSamples, _ estimate: QuantizationEstimate
    ) throws {
        var text = "\(quantizer.geometry.layers) layers, calibrated with \(samples.tokens.count) pieces of "
        text += "\(samples.longest) tokens of \(samples.source)\n"
        if quantizer.options.group != quantization.group {
            text +=
                "groups of \(quantizer.options.group): \(quantization.group) does not divide the model's sizes\n"
        }
        if options.device == "cuda" { text += "--device cuda: this program computes on the CPU\n" }
        if options.batchSize > 1 {
            text += "--batch-size \(options.batchSize): one piece is computed at a time\n"
        }
        text += "this will take about \(Self.duration(estimate.seconds(tokens: samples.rows)))\n"
        try StandardStream.write(text, to: StandardStream.error)
    }

    private func quantize(
        _ quantizer: ModelQuantizer, _ line: ProgressLine
    ) throws -> QuantizationSummary {
        defer { line.clear() }
        let clock = ContinuousClock()
        var start = clock.now
        var computed = 0
        line.show("layer 1 of \(quantizer.geometry.layers)")
        return try quantizer.run { step in
            if step.isResumed {
                start = clock.now
            } else {
                computed += 1
            }
            let left = step.layers - step.layer - 1
            guard left > 0 else { return line.show("writing \(options.workDir)") }
            var text = "layer \(step.layer + 2) of \(step.layers)"
            if computed > 0 {
                let perLayer = start.duration(to: clock.now).inSeconds / Double(computed)
                text += ", \(Self.duration(perLayer * Double(left))) left"
            }
            line.show(text)
        }
    }

    private static func duration(_ seconds: Double) -> String {
        switch seconds {
        case ..<90: "\(Int(max(1, seconds.rounded()))) s"
        case ..<5400: "\(Int((seconds / 60).rounded())) min"
        default: "\((seconds / 3600).fixed(1)) h"
        }
    }
}
