internal import Checkpoints
internal import Layers
internal import Models
package import Tensors

/// Workspaces of models without a tokenizer.
package enum WorkspaceFixture {
    /// Packs a model's weights into a workspace.
    /// - Parameter override: weight storage; `nil` keeps the checkpoint's.
    package static func convert(
        _ source: String, to destination: String, override: WeightFormat.Storage? = nil, ranks: Int = 1,
        threads: Int = 2
    ) throws {
        let checkpoint = try Checkpoint.open(source)
        try PackedWriter.check(ranks: ranks, checkpoint.configuration)
        let workspace = try WorkspaceWriter(destination)
        let files = try (0..<ranks).map { rank in
            try workspace.packedFile(
                PackedTable(
                    configuration: checkpoint.configuration,
                    generationDefaults: checkpoint.generationDefaults,
                    rank: rank, ranks: ranks))
        }
        let writer = PackedWriter(files: files)
        let loader = ParameterLoader(
            checkpoint: checkpoint, policy: FormatPolicy(override: override),
            pool: try WorkerPool(threads: threads), writer: writer)
        _ = try ModelRegistry.load(configuration: checkpoint.configuration, loader: loader)
        try loader.finish()
        try workspace.finish(settings: WorkspaceSettings(), table: writer.finish()[0])
    }
}
