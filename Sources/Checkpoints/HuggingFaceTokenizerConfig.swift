internal import JSON
internal import Tensors

/// What `tokenizer_config.json` and `chat_template.jinja` say beside the tokenizer itself.
struct HuggingFaceTokenizerConfig {
    private let folder: String
    private let fields: JSONFile?

    init(folder: String) throws(CheckpointError) {
        self.folder = folder
        let path = folder + "/tokenizer_config.json"
        fields = FileSystem.kind(of: path) == .file ? try JSONFile(path) : nil
    }

    /// The chat templates.
    ///
    /// As in transformers, templates in files of their own, `chat_template.jinja` and those in
    /// `additional_chat_templates`, win over the field. `chat_template.json`, which some processors have, comes
    /// last.
    func chatTemplates() throws(CheckpointError) -> ChatTemplateSources {
        let files = try templatesInFiles()
        if !files.isEmpty {
            let isDefault = files["default"] != nil
            return .named(
                files, origin: isDefault ? "chat_template.jinja" : "additional_chat_templates")
        }
        if let fields, let value = fields.value("chat_template") {
            return .named(try templates(value, fields), origin: "tokenizer_config.json")
        }
        let path = folder + "/chat_template.json"
        guard FileSystem.kind(of: path) == .file else { return ChatTemplateSources() }
        let file = try JSONFile(path)
        guard let value = file.value("chat_template") else { return ChatTemplateSources() }
        return .named(try templates(value, file), origin: "chat_template.json")
    }

    /// A special token's text: a string, or an object with the text as `content`.
    func tokenText(_ name: String) throws(CheckpointError) -> String? {
        guard let fields, let value = fields.value(name) else { return nil }
        switch value {
        case .string(let text): return text.string
        case .object(let members):
            if let text = members["content"]?.text { return text.string }
        default: break
        }
        throw fields.invalid(name, value, expected: "a string or an object with 'content'")
    }

    // MARK: - Internals

    private func templatesInFiles() throws(CheckpointError) -> [String: String] {
        var sources: [String: String] = [:]
        let path = folder + "/chat_template.jinja"
        if FileSystem.kind(of: path) == .file { sources["default"] = try text(of: path) }
        let others = folder + "/additional_chat_templates"
        guard FileSystem.kind(of: others) == .folder else { return sources }
        for name in FileSystem.entries(of: others) where name.hasSuffix(".jinja") && name.utf8.count > 6 {
            sources[String(name.dropLast(6))] = try text(of: others + "/" + name)
        }
        return sources
    }

    private func text(of path: String) throws(CheckpointError) -> String {
        guard let text = try MappedFile.open(path).withBytes({ String(validating: $0, as: UTF8.self) }) else {
            throw CheckpointError(.malformed, "\(path) is not valid UTF-8; download it again")
        }
        return text
    }

    /// A template alone, or a list of named ones.
    private func templates(_ value: JSONValue, _ fields: JSONFile) throws(CheckpointError) -> [String: String]
    {
        switch value {
        case .string(let text): return ["default": text.string]
        case .array(let templates):
            var byName: [String: String] = [:]
            for template in templates {
                guard let members = template.members, let name = members["name"]?.text,
                    let text = members["template"]?.text
                else {
                    throw fields.invalid(
                        "chat_template", template.value, expected: "an object with 'name' and 'template'")
                }
                byName[name.string] = text.string
            }
            return byName
        default:
            throw fields.invalid("chat_template", value, expected: "a string or a list of named templates")
        }
    }
}
