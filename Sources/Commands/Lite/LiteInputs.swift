internal import Checkpoints
internal import LMDeploy
internal import Quantization
internal import Tensors
internal import Tokenization

/// What `lite`'s commands work with: a model, the machine, and text.
struct LiteInputs {
    let options: LiteOptions
    let loader: ModelLoader
    let path: String
    let checkpoint: Checkpoint
    let kernels: Kernels
    let pool: WorkerPool
    /// What all threads compute in fp32, 10^9 operations per second.
    let gigaoperations: Double

    /// Tokens of a piece of calibration text.
    private static let defaultLength = 512
    /// Seconds that the calibration may take where its size is not given.
    private static let defaultSeconds = 1800.0
    private static let sampleCounts = 8...128

    init(_ options: LiteOptions) throws {
        self.options = options
        loader = ModelLoader(environment: CurrentProcess.environment)
        path = try loader.path(of: options.model, hub: options.hub)
        checkpoint = try Checkpoint.open(path, supportedArchitectures: ModelQuantizer.architectures)
        if checkpoint.workspace != nil {
            throw ToolError.conflict(
                "\(path) is a workspace, whose weights are packed already: give the model that it was made from"
            )
        }
        kernels = try Kernels.select(environment: loader.environment)
        pool = try WorkerPool(threads: options.threads ?? Machine.physicalCores())
        gigaoperations = try MachineCeilings.measure(pool: pool, instructionSet: kernels.instructionSet)
            .float32GigaoperationsPerSecond.allThreads
    }

    /// Text as the options want it.
    /// - Parameters:
    ///   - held: tokens to keep apart.
    ///   - seconds: how long the calibration takes with so many tokens.
    func text(held: Int, seconds: (Int) -> Double) async throws -> CalibrationText.Parts {
        let length = min(options.calibSeqlen ?? Self.defaultLength, checkpoint.configuration.maximumPositions)
        let text = CalibrationText(
            tokenizer: try Tokenizer(source: try checkpoint.tokenizerSource()),
            samples: options.calibSamples ?? Self.samples(length: length, seconds: seconds), length: length,
            held: held)
        guard let dataset = options.calibDataset, dataset != "self" else { return try await own(text) }
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
            "\(dataset) is not in the local cache as text: the model writes its calibration text itself\n",
            to: StandardStream.error)
        return try await own(text)
    }

    // MARK: - Internals

    /// As many pieces as can be computed in the time.
    private static func samples(length: Int, seconds: (Int) -> Double) -> Int {
        var samples = sampleCounts.upperBound
        while samples > sampleCounts.lowerBound, seconds(samples * length) > defaultSeconds { samples -= 4 }
        return samples
    }

    private func own(_ text: CalibrationText) async throws -> CalibrationText.Parts {
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
}
