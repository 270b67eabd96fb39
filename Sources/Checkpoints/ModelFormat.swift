/// What `--model-format` can say about a model, with LMDeploy's names.
package enum ModelFormat: String, Sendable, CaseIterable {
    /// A folder whose weights are floats. Also 8-bit weights for 8-bit inputs, for which LMDeploy has no name.
    case hf
    case gguf
    /// Meta's original files of Llama.
    case llama
    case awq
    case gptq
    case compressedTensors = "compressed-tensors"
    case fp8

    /// All of them, for messages: "hf, gguf, … or fp8".
    package static var names: String {
        let names = allCases.map(\.rawValue)
        return names.dropLast().joined(separator: ", ") + " or " + (names.last ?? "")
    }
}

extension Checkpoint {
    /// Nil for a workspace, whose weights are packed.
    package var format: ModelFormat? {
        switch kind {
        case .workspace: nil
        case .gguf: .gguf
        case .meta: .llama
        case .huggingFace:
            switch quantization?.method {
            case .awq: .awq
            case .gptq: .gptq
            case .compressedTensors: .compressedTensors
            case .fp8: .fp8
            case .smoothQuant, nil: .hf
            }
        }
    }
}
