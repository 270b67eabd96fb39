internal import ChatTemplates
internal import Checkpoints
internal import Layers
internal import Models
internal import Tensors

/// Packs a model's weights and writes them as a workspace, matrix after matrix.
package struct WorkspaceConversion {
    /// A GGUF file or a model folder.
    package var source: String
    /// Missing, empty, or a workspace, which is replaced.
    package var destination: String
    /// The format the model must have, as ``TurbomindEngineConfig/modelFormat``.
    package var modelFormat: String?
    /// A built-in chat template's name, which the workspace gets as its name as well; nil for the model's own.
    package var modelName: String?
    /// A tokenizer other than the model's.
    package var tokenizerPath: String?
    /// Tensor-parallel ranks.
    package var ranks = 1
    /// `auto`, or what ``TurbomindEngineConfig/dtype`` knows.
    package var dtype = "auto"
    /// Weights that share a scale where weights are rounded to 4 or 8 bits; nil for the usual number. Of a model that
    /// is quantised already, what its configuration must say.
    package var group: Int?
    package var threads: Int?

    package init(source: String, destination: String) {
        self.source = source
        self.destination = destination
    }

    /// What was written.
    package struct Result: Sendable, Equatable {
        package var weightBytes: Int
        /// What the checkpoint's matrices were and how they are held.
        package var conversions: String
        package var chatTemplate: String
    }

    /// - Parameters:
    ///   - isCancelled: asked before every matrix; a conversion that is cancelled leaves nothing behind.
    ///   - progress: called as tensors are packed.
    package func run(
        isCancelled: @escaping () -> Bool = { false }, progress: @escaping (LoadProgress) -> Void = { _ in }
    ) throws -> Result {
        let checkpoint = try open()
        let policy = try policy(checkpoint)
        try PackedWriter.check(ranks: ranks, checkpoint.configuration)
        let settings = try settings(checkpoint)
        let writer = try WorkspaceWriter(destination)
        try writer.copyTokenizer(from: tokenizerPath ?? source)
        let tables = try write(checkpoint, policy, to: writer, isCancelled, progress)
        if isCancelled() { throw LoadError.cancelled }
        try writer.finish(settings: settings, table: tables.tables[0])
        return Result(
            weightBytes: tables.byteCount, conversions: tables.conversions,
            chatTemplate: settings.chatTemplate ?? "")
    }

    // MARK: - Internals

    private func open() throws -> Checkpoint {
        let checkpoint = try Checkpoint.open(source, supportedArchitectures: ModelRegistry.architectures)
        guard checkpoint.workspace == nil else {
            throw PipelineError.model(
                "\(source) is a workspace already: give the model that it was made from")
        }
        return checkpoint
    }

    private func write(
        _ checkpoint: Checkpoint, _ policy: FormatPolicy, to writer: WorkspaceWriter,
        _ isCancelled: @escaping () -> Bool,
        _ progress: @escaping (LoadProgress) -> Void
    ) throws -> (tables: [PackedTable], conversions: String, byteCount: Int) {
        let files = try (0..<ranks).map { rank in
            try writer.packedFile(
                PackedTable(
                    configuration: checkpoint.configuration,
                    generationDefaults: checkpoint.generationDefaults,
                    rank: rank, ranks: ranks))
        }
        let packed = PackedWriter(files: files, isCancelled: isCancelled)
        let pool = try WorkerPool(threads: threads ?? Machine.physicalCores())
        let loader = ParameterLoader(
            checkpoint: checkpoint, policy: policy, pool: pool, writer: packed
        ) {
            progress(LoadProgress(completedBytes: $0, totalBytes: $1))
        }
        _ = try ModelRegistry.load(configuration: checkpoint.configuration, loader: loader)
        try loader.finish()
        let tables = try packed.finish()
        return (
            tables, loader.weightConversions.summary, files.reduce(0) { $0 + $1.byteCount }
        )
    }

    private func policy(_ checkpoint: Checkpoint) throws -> FormatPolicy {
        let options = try EngineOptions(
            TurbomindEngineConfig(dtype: dtype, threads: threads, modelFormat: modelFormat))
        try options.check(checkpoint)
        var policy = options.formatPolicy
        guard let group else { return policy }
        func require(_ valid: Bool, _ expected: String) throws(PipelineError) {
            if !valid {
                throw .invalidParameter(field: "--group-size", found: "\(group)", expected: expected)
            }
        }
        try require([32, 64, 128].contains(group), "32, 64 or 128, or 0 for the usual one")
        if let quantization = checkpoint.quantization {
            let own = quantization.group ?? group
            try require(own == group, "\(own), which the model is quantised in, or 0")
        } else {
            try require(
                policy.override == .w4 || policy.override == .w8,
                "0, because nothing is rounded to 4 or 8 bits: that takes --dtype w4 or w8")
            policy.roundingGroup = group
        }
        return policy
    }

    /// What a start without options does with the model itself.
    private func settings(_ checkpoint: Checkpoint) throws -> WorkspaceSettings {
        let choice = try ChatTemplateChoice(
            checkpoint: checkpoint, config: ChatTemplateConfig(modelName: modelName))
        var settings = WorkspaceSettings()
        settings.modelName = modelName ?? LoadedModel.name(of: source)
        settings.chatTemplate = choice.name
        settings.sessionLength = checkpoint.configuration.maximumPositions
        settings.maxBatchSize = TurbomindEngineConfig.usualBatchSize
        settings.cacheMaxEntryCount = TurbomindEngineConfig.usualCacheShare
        settings.cacheBlockSeqLen = TurbomindEngineConfig.usualBlockLength
        settings.quantPolicy = 0
        settings.ropeScalingFactor = 0
        settings.useLognAttn = false
        return settings
    }
}
