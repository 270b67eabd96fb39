/// The chat template that a model is used with, and why that one.
package struct ChatTemplateChoice: Sendable {
    package let template: ChatTemplate
    /// "from --chat-template", "the model's own (tokenizer_config.json)" and the like.
    package let reason: String

    /// The name of the template.
    package var name: String { template.name }

    /// What a model brings along.
    package struct ModelTemplates: Sendable {
        /// Jinja sources by name; without a "default" among them, none is used.
        package var sources: [String: String]
        /// Where they stand, such as "tokenizer_config.json".
        package var origin: String
        /// Texts by name, such as "bos_token"; only those that the model has.
        package var specialTokens: [String: String]

        package init(sources: [String: String], origin: String, specialTokens: [String: String]) {
            self.sources = sources
            self.origin = origin
            self.specialTokens = specialTokens
        }
    }

    /// What a user asked for.
    package enum Request: Sendable {
        /// A built-in template's name.
        case name(String)
        /// The same, as a file of the model's has it.
        case configured(String, by: String)
        /// LMDeploy's JSON form, and the path that it was read from.
        case file([UInt8], path: String)
    }

    /// The template asked for, else the model's own, else the built-in one that the model's path suggests, else
    /// none at all ("base").
    package init(request: Request?, model: ModelTemplates?, path: String) throws(ChatTemplateError) {
        switch request {
        case .name(let name):
            template = try .builtin(name)
            reason = "from --chat-template"
            return
        case .configured(let name, let origin):
            template = try .builtin(name)
            reason = "from \(origin)"
            return
        case .file(let json, let file):
            template = try .custom(json: json)
            reason = "from --chat-template, read from \(file)"
            return
        case nil: break
        }
        if let model, model.sources["default"] != nil {
            template = try .jinja(sources: model.sources, specialTokens: model.specialTokens)
            reason = "the model's own (\(model.origin))"
        } else if let match = NameMatching.match(path) {
            let words = match.words.map { "'\($0)'" }.joined(separator: " and ")
            template = try .builtin(match.name)
            reason = "built-in '\(match.name)', because the path has \(words)"
        } else {
            template = try .builtin("base")
            reason = "built-in 'base', because the model has no template and no rule matches its path"
        }
    }
}
