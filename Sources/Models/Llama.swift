package import Checkpoints
package import Layers
package import Tensors

/// Llama 1, 2 and 3, and models of its shape: Vicuna, Yi, SmolLM, CodeLlama, and Mistral with its window.
/// Reference: https://github.com/huggingface/transformers/blob/main/src/transformers/models/llama/modeling_llama.py
package struct Llama: CausalLanguageModel {
    package static let architectures = ["LlamaForCausalLM", "MistralForCausalLM"]

    package let geometry: ModelGeometry
    package let rotaryEmbedding: RotaryEmbedding
    private let decoder: DecoderStack

    package init(configuration: ModelConfiguration, loader: ParameterLoader) throws(LoadError) {
        geometry = ModelGeometry(configuration)
        let biases = DecoderStack.Biases(
            queryKeyValue: configuration.attentionBias, attentionOutput: configuration.attentionBias,
            mlp: configuration.mlpBias)
        decoder = try DecoderStack(configuration: configuration, biases: biases, loader: loader)
        rotaryEmbedding = decoder.rotaryEmbedding
    }

    package var cost: ModelCost { decoder.cost }
    package var finalNorm: RMSNorm { decoder.finalNorm }

    package func encode(into stream: inout CommandStream, step: StepContext) {
        decoder.encode(into: &stream, step: step)
    }
}
