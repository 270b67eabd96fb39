internal import ChatTemplates
internal import Checkpoints

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

extension ChatTemplate {
    /// The template asked for, else the model's own, else the built-in one that the model's name suggests,
    /// else none at all ("base").
    init(checkpoint: Checkpoint, config: ChatTemplateConfig) throws {
        if let name = config.modelName {
            self = try Self.named(name)
        } else if let source = checkpoint.chatTemplate {
            self = try .jinja(
                source: source, bosToken: checkpoint.bosToken ?? "", eosToken: checkpoint.eosToken ?? "")
        } else {
            self = try .builtin(Self.builtinName(matching: checkpoint.path) ?? "base")
        }
    }

    private static func named(_ name: String) throws -> ChatTemplate {
        guard name.hasSuffix(".json") || name.contains("/") else { return try .builtin(name) }
        guard let data = FileManager.default.contents(atPath: name) else {
            throw PipelineError.chatTemplate(
                "chat template '\(name)' cannot be read: give the path of a JSON file or a built-in name")
        }
        return try .custom(json: [UInt8](data))
    }
}
