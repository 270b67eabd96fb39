import Tensors
import TestSupport
import Testing

/// A model, and how its weights and its keys and values are held.
struct ExactnessCase: Hashable, Sendable, CustomTestStringConvertible {
    var model: ModelName
    var weights: WeightFormat.Storage
    var cache: KVCacheShape.Element

    enum ModelName: Hashable, Sendable {
        case tiny(String)
        /// The model that is used when none is named.
        case standard
    }

    var testDescription: String {
        let name = if case .tiny(let name) = model { name } else { "default model" }
        return "\(name), \(weights.rawValue), kv \(cache.rawValue)"
    }

    static let weights: [WeightFormat.Storage] = [.w4, .w8, .bf16]
    static let cacheElements: [KVCacheShape.Element] = [.fp32, .fp16]

    static let tiny: [ExactnessCase] = weights.flatMap { weights in
        cacheElements.flatMap { cache in
            TinyModelGolden.names.map { ExactnessCase(model: .tiny($0), weights: weights, cache: cache) }
        }
    }

    /// Every format of the weights once: the model is large, and weights and cache have nothing to do with each other.
    static let standard = [
        ExactnessCase(model: .standard, weights: .w4, cache: .fp16),
        ExactnessCase(model: .standard, weights: .w8, cache: .fp32),
        ExactnessCase(model: .standard, weights: .bf16, cache: .fp16),
    ]
}
