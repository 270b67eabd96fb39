package import ChatTemplates
internal import Checkpoints

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

extension ChatTemplateChoice {
    /// The template asked for, else the model's own, else the built-in one that the model's path suggests,
    /// else none at all ("base").
    init(checkpoint: Checkpoint, config: ChatTemplateConfig) throws {
        let model = ModelTemplates(
            sources: checkpoint.chatTemplates.byName, origin: checkpoint.chatTemplates.origin,
            specialTokens: ["bos_token": checkpoint.bosToken, "eos_token": checkpoint.eosToken]
                .compactMapValues(\.self))
        let request = try config.modelName.map(Self.request) ?? Self.configured(checkpoint.workspace)
        try self.init(request: request, model: model, path: checkpoint.path)
    }

    /// The template that a model on disk is used with, whatever its architecture.
    package init(path: String, config: ChatTemplateConfig) throws {
        try self.init(checkpoint: Checkpoint.open(path), config: config)
    }

    /// What a workspace's settings name; nil for the model's own template.
    private static func configured(_ workspace: ModelWorkspace?) -> Request? {
        guard let workspace, let name = workspace.settings.chatTemplate, name != "hf" else { return nil }
        return .configured(name, by: "chat_template of \(workspace.folder.configuration)")
    }

    private static func request(_ name: String) throws -> Request {
        guard name.hasSuffix(".json") || name.contains("/") else { return .name(name) }
        guard let data = FileManager.default.contents(atPath: name) else {
            throw PipelineError.chatTemplate(
                "chat template '\(name)' cannot be read: give the path of a JSON file or a built-in name")
        }
        return .file([UInt8](data), path: name)
    }
}
