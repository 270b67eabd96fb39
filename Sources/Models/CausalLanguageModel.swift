package import Checkpoints
package import Layers
package import Tensors

/// A decoder-only transformer that can write one step of itself into a command stream.
package protocol CausalLanguageModel: Sendable {
    /// Values of `architectures[0]` in config.json that this model implements.
    static var architectures: [String] { get }

    /// Takes the parameters from the loader, which checks names and shapes.
    init(configuration: ModelConfiguration, loader: ParameterLoader) throws(LoadError)

    var geometry: ModelGeometry { get }
    var rotaryEmbedding: RotaryEmbedding { get }
    var cost: ModelCost { get }
    /// What the output head's input goes through.
    var finalNorm: RMSNorm { get }

    /// Appends the commands of one step: from `step.tokens` to `step.logits`.
    func encode(into stream: inout CommandStream, step: StepContext)
}

/// Sizes that decide how large a step's buffers are.
package struct ModelGeometry: Sendable, Equatable {
    package var hidden: Int
    package var intermediate: Int
    package var layers: Int
    package var queryHeads: Int
    package var keyValueHeads: Int
    package var headDimension: Int
    package var vocabulary: Int

    package init(_ configuration: ModelConfiguration) {
        hidden = configuration.hiddenSize
        intermediate = configuration.intermediateSize
        layers = configuration.layerCount
        queryHeads = configuration.attentionHeadCount
        keyValueHeads = configuration.keyValueHeadCount
        headDimension = configuration.headDimension
        vocabulary = configuration.vocabularySize
    }

    /// Width of the fused query, key and value projection.
    package var queryKeyValueWidth: Int { (queryHeads + 2 * keyValueHeads) * headDimension }
    package var attendedWidth: Int { queryHeads * headDimension }

    /// Largest number of inputs of a linear layer.
    package var widestInput: Int { max(hidden, intermediate, attendedWidth) }
}

/// What a step reads and computes, for memory plans and roofline figures.
package struct ModelCost: Sendable, Equatable {
    /// Bytes of all parameters in memory.
    package var weightBytes: Int
    /// Bytes read to compute the logits of one token.
    package var bytesPerStep: Int
    /// Multiply-accumulates of the linear layers for one token, the output head excluded.
    package var multiplyAccumulatesPerToken: Int
    /// Format of the linear layers; several are joined by "+".
    package var linearFormat: String
    /// Format of the output head.
    package var headFormat: String
    /// Whether activations are quantised to int8 in the linear layers.
    package var quantisesActivations: Bool
    /// Whether every weight is held in fp32.
    package var isFP32: Bool
}
