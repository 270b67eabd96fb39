package import Checkpoints
package import Layers
package import Tensors

/// Qwen 1.5, 2 and 2.5: Llama's block with biases on the query, key and value projections.
/// Reference: https://github.com/huggingface/transformers/blob/main/src/transformers/models/qwen2/modeling_qwen2.py
package struct Qwen2: CausalLanguageModel {
    package static let architectures = ["Qwen2ForCausalLM"]

    package let geometry: ModelGeometry
    package let rotaryEmbedding: RotaryEmbedding
    private let decoder: DecoderStack

    package init(configuration: ModelConfiguration, loader: ParameterLoader) throws(LoadError) {
        geometry = ModelGeometry(configuration)
        let biases = DecoderStack.Biases(queryKeyValue: true, attentionOutput: false, mlp: false)
        decoder = try DecoderStack(configuration: configuration, biases: biases, loader: loader)
        rotaryEmbedding = decoder.rotaryEmbedding
    }

    package var cost: ModelCost { decoder.cost }
    package var finalNorm: RMSNorm { decoder.finalNorm }

    package func encode(into stream: inout CommandStream, step: StepContext) {
        decoder.encode(into: &stream, step: step)
    }
}
