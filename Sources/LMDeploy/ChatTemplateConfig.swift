/// Which chat template to use, when not the model's own.
public struct ChatTemplateConfig: Sendable, Equatable {
    /// A built-in template's name (`lmdeploy list` prints them) or the path of a JSON file.
    public var modelName: String?
    /// Replaces the template's default system message.
    public var metaInstruction: String?

    /// Creates a configuration.
    public init(modelName: String? = nil, metaInstruction: String? = nil) {
        self.modelName = modelName
        self.metaInstruction = metaInstruction
    }
}
