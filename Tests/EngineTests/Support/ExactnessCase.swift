import Tensors
import TestSupport
import Testing

/// A model, and how its weights and its keys and values are held.
struct ExactnessCase: Sendable, CustomTestStringConvertible {
    var model: ModelName
    var weights: WeightFormat.Storage
    var cache: KVCacheShape.Element
    var isa = InstructionSet.best

    enum ModelName: Hashable, Sendable {
        case tiny(String)
        /// The model that is used when none is named.
        case standard
    }

    var testDescription: String {
        let name = if case .tiny(let name) = model { name } else { "default model" }
        return "\(name), \(weights.rawValue), kv \(cache.rawValue), \(isa.rawValue)"
    }

    static let weights: [WeightFormat.Storage] = [.w4, .w8, .bf16]
    static let cacheElements: [KVCacheShape.Element] = [.fp32, .fp16]

    /// Every tiny model, and one of them with the plain kernels.
    static let tiny: [ExactnessCase] = weights.flatMap { weights in
        cacheElements.flatMap { cache in
            TinyModelGolden.names.map { ExactnessCase(model: .tiny($0), weights: weights, cache: cache) } + [
                ExactnessCase(model: .tiny("smollm-like"), weights: weights, cache: cache, isa: .generic)
            ]
        }
    }

    /// The checkpoint's own format with every cache, and other formats with one.
    static let standard: [ExactnessCase] =
        cacheElements.map { ExactnessCase(model: .standard, weights: .w4, cache: $0) }
        + [.w8, .bf16].map { ExactnessCase(model: .standard, weights: $0, cache: .fp16) }
}
