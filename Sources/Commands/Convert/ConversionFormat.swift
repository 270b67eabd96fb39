internal import Checkpoints

/// What `convert --model-format` names.
enum ConversionFormat: String, CaseIterable {
    case hf, llama, awq, gptq, gguf

    /// Refuses a model of another format.
    func check(path: String) throws {
        let found = Self.found(path)
        guard found != self else { return }
        throw ToolError.option(
            name: "--model-format", found: rawValue, expected: "\(found.rawValue), which is what \(path) is")
    }

    private static func found(_ path: String) -> ConversionFormat {
        guard FilePresence.isFolder(path) else { return .gguf }
        switch QuantizationMethod.read(folder: path) {
        case "awq": return .awq
        case "gptq": return .gptq
        default: return FilePresence.exists(path + "/config.json") ? .hf : .llama
        }
    }
}
