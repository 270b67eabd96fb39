import Evaluation
import ModelTestSupport
import Tensors
import TestSupport

/// A tiny model that readers can be made of.
struct TinyEvaluationModel {
    let name: String
    let model: TestModel

    /// - Parameter headScale: multiplies the output head's values.
    init(
        _ name: String, storage: TinyStorage = .f32, override: WeightFormat.Storage? = .fp32,
        headScale: Float = 1
    ) throws {
        var spec = try TinyModelGolden(name).spec
        for index in spec.tensors.indices where spec.tensors[index].name == "lm_head.weight" {
            spec.tensors[index].scale *= headScale
        }
        self.name = name
        model = try withTemporaryFolder { folder in
            try TinyCheckpoint.write(spec, to: folder, storage: storage)
            return try TestModel(path: folder, override: override)
        }
    }

    /// - Parameter logitRows: most rows whose logits are computed at once.
    func reader(
        cache: KVCacheShape.Element = .fp32, threads: Int = 1, maxTokens: Int = 512, logitRows: Int = 512,
        isa: InstructionSet = .best
    ) throws -> LogitsReader {
        guard let kernels = Kernels(isa) else {
            throw TensorError.unsupportedInstructionSet(isa.rawValue, best: InstructionSet.best.rawValue)
        }
        return try LogitsReader(
            name: name, model: model.model, cacheElement: cache, kernels: kernels,
            pool: try WorkerPool(threads: threads), maxTokens: maxTokens,
            logitBytes: logitRows * model.vocabulary * MemoryLayout<Float>.stride)
    }
}

extension EvaluationText {
    /// Every token stands for three bytes.
    init(_ tokens: [Int]) {
        self.init(tokens: tokens.map(Int32.init), byteCounts: tokens.map { _ in 3 })
    }
}

/// The difference of two numbers over the second.
func relativeDifference(_ found: Double, _ expected: Double) -> Double {
    abs(found - expected) / max(abs(expected), 1e-300)
}
