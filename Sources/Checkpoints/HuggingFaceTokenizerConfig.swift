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

    /// The default chat template.
    ///
    /// A `chat_template.jinja` file wins over the field, as in transformers.
    func chatTemplate() throws(CheckpointError) -> String? {
        let path = folder + "/chat_template.jinja"
        if FileSystem.kind(of: path) == .file {
            guard let text = try MappedFile.open(path).withBytes({ String(validating: $0, as: UTF8.self) })
            else {
                throw CheckpointError(.malformed, "\(path) is not valid UTF-8; download it again")
            }
            return text
        }
        guard let fields, let value = fields.value("chat_template") else { return nil }
        switch value {
        case .string(let text):
            return text
        case .array(let templates):
            return try namedTemplate(templates, fields)
        default:
            throw fields.invalid("chat_template", value, expected: "a string or a list of named templates")
        }
    }

    /// A special token's text: a string, or an object with the text as `content`.
    func tokenText(_ name: String) throws(CheckpointError) -> String? {
        guard let fields, let value = fields.value(name) else { return nil }
        switch value {
        case .string(let text): return text
        case .object(let members):
            if case .string(let text) = members["content"] {
                return text
            }
        default: break
        }
        throw fields.invalid(name, value, expected: "a string or an object with 'content'")
    }

    // MARK: - Internals

    /// The template called "default"; the only one where there is one; else none.
    private func namedTemplate(_ templates: [JSONValue], _ fields: JSONFile) throws(CheckpointError)
        -> String?
    {
        var byName: [String: String] = [:]
        for template in templates {
            guard case .object(let members) = template, case .string(let name) = members["name"],
                case .string(let text) = members["template"]
            else {
                throw fields.invalid(
                    "chat_template", template, expected: "an object with 'name' and 'template'")
            }
            byName[name] = text
        }
        return byName["default"] ?? (byName.count == 1 ? byName.values.first : nil)
    }
}
