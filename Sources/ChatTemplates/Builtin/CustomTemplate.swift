#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// LMDeploy's `--chat-template` file: a JSON object of texts; null means "not given".
enum CustomTemplate {
    static func decode(_ json: [UInt8]) throws(ChatTemplateError) -> FieldTemplate {
        let fields: [String: Field]
        do {
            fields = try JSONDecoder().decode([String: Field].self, from: Data(json))
        } catch {
            throw .invalidCustomTemplate("expected a JSON object of strings")
        }
        let unknown = fields.keys.filter { !known.contains($0) }.sorted()
        guard unknown.isEmpty else {
            throw .invalidCustomTemplate(
                "unknown field '\(unknown[0])'; the fields are \(known.joined(separator: ", "))")
        }
        let modelName = try text("model_name", in: fields) ?? "custom"
        var template = BuiltinTemplates.template(named: modelName) ?? empty(modelName)
        try apply(fields, to: &template)
        return template
    }

    // MARK: - Internals

    private static let known = [
        "model_name", "system", "meta_instruction", "eosys", "user", "eoh", "assistant", "eoa", "separator",
        "tool", "eotool", "capability", "stop_words",
    ]

    private static let texts: [String: any WritableKeyPath<FieldTemplate, String> & Sendable] = [
        "system": \.system, "eosys": \.endOfSystem, "user": \.user, "eoh": \.endOfUser,
        "assistant": \.assistant, "eoa": \.endOfAssistant, "separator": \.separator,
        "tool": \.tool, "eotool": \.endOfTool,
    ]

    private static func empty(_ name: String) -> FieldTemplate {
        var template = FieldTemplate(name: name)
        template.metaInstruction = ""
        return template
    }

    private static func apply(
        _ fields: [String: Field], to template: inout FieldTemplate
    ) throws(ChatTemplateError) {
        for (name, path) in texts {
            guard let value = try text(name, in: fields) else { continue }
            let isToolText = name == "tool" || name == "eotool"
            switch template.toolStyle {
            case .functionTags where isToolText:
                if name == "tool" { template.toolPreamble = value } else { template.toolEpilogue = value }
            case .plugin where isToolText, .xmlTags where isToolText:
                throw .invalidCustomTemplate(
                    "'\(name)' has no place in '\(template.name)', whose texts around tools are fixed")
            default: template[keyPath: path] = value
            }
            // With a text of its own, a template that had none becomes one that has.
            if case .raw = template.assembly { template.assembly = .standard }
        }
        if let meta = try text("meta_instruction", in: fields) {
            template.metaInstruction = meta
            if case .raw = template.assembly { template.assembly = .standard }
        }
        if let name = try text("capability", in: fields) {
            guard let capability = FieldTemplate.Capability(rawValue: name) else {
                let known = FieldTemplate.Capability.allCases.map(\.rawValue).joined(separator: ", ")
                throw .invalidCustomTemplate("'capability' is '\(name)', expected one of \(known)")
            }
            template.capability = capability
            if template.fillsIn, capability == .infilling { template.stopWords = ["<EOT>"] }
        }
        switch fields["stop_words"] {
        case nil, .null: break
        case .texts(let words): template.stopWords = words
        case .text, .other: throw .invalidCustomTemplate("'stop_words' must be a list of strings")
        }
    }

    private static func text(_ name: String, in fields: [String: Field]) throws(ChatTemplateError) -> String?
    {
        switch fields[name] {
        case nil, .null: return nil
        case .text(let text): return text
        case .texts, .other: throw .invalidCustomTemplate("'\(name)' must be a string")
        }
    }

    private enum Field: Decodable {
        case null
        case text(String)
        case texts([String])
        case other

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                self = .null
            } else if let text = try? container.decode(String.self) {
                self = .text(text)
            } else if let texts = try? container.decode([String].self) {
                self = .texts(texts)
            } else {
                self = .other
            }
        }
    }
}
