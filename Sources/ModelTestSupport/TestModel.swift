package import Checkpoints
internal import Layers
package import Models
package import Tensors

/// A model in memory that any number of engines can compute with.
package struct TestModel: Sendable {
    package let model: any CausalLanguageModel
    package let configuration: ModelConfiguration

    /// - Parameter override: weight storage; `nil` keeps the checkpoint's.
    package init(path: String, override: WeightFormat.Storage?, threads: Int = 1) throws {
        let checkpoint = try Checkpoint.open(path)
        let loader = ParameterLoader(
            checkpoint: checkpoint, policy: FormatPolicy(override: override),
            pool: try WorkerPool(threads: threads))
        model = try ModelRegistry.load(configuration: checkpoint.configuration, loader: loader)
        try loader.finish()
        configuration = checkpoint.configuration
    }

    package var vocabulary: Int { model.geometry.vocabulary }

    func cacheShape(
        _ element: KVCacheShape.Element?, tokensPerBlock: Int = KVCacheShape.defaultTokensPerBlock
    ) -> KVCacheShape {
        KVCacheShape(
            element: element ?? (model.cost.isFP32 ? .fp32 : .fp16), layers: model.geometry.layers,
            keyValueHeads: model.geometry.keyValueHeads, headDimension: model.geometry.headDimension,
            tokensPerBlock: tokensPerBlock)
    }
}

extension Kernels {
    /// The kernels of an instruction set that the processor has to have.
    static func require(_ isa: InstructionSet) throws -> Kernels {
        guard let kernels = Kernels(isa) else {
            throw TensorError.unsupportedInstructionSet(isa.rawValue, best: InstructionSet.best.rawValue)
        }
        return kernels
    }
}
