/// Turns a conversation into the text that a model was trained to continue: by the model's own Jinja
/// template, by one of LMDeploy's built-in templates, or by a custom one of LMDeploy's JSON form.
///
/// The prompt holds the special tokens as text, the beginning-of-sequence token included, so it is to be
/// tokenized with special tokens recognised and none added.
package struct ChatTemplate: Sendable {
    private enum Form {
        case jinja(JinjaChat)
        case fields(FieldTemplate)
    }

    private let form: Form

    // MARK: - Choosing a template

    /// The model's own template, as `tokenizer_config.json` or GGUF metadata hold it.
    package static func jinja(
        source: String, bosToken: String, eosToken: String
    ) throws(ChatTemplateError) -> ChatTemplate {
        do throws(JinjaError) {
            let template = try JinjaTemplate(source)
            return ChatTemplate(
                form: .jinja(JinjaChat(template: template, bosToken: bosToken, eosToken: eosToken)))
        } catch {
            throw .jinja(error)
        }
    }

    /// LMDeploy's template of this name, of today or of its first releases.
    package static func builtin(_ name: String) throws(ChatTemplateError) -> ChatTemplate {
        guard let fields = BuiltinTemplates.template(named: name) else {
            throw .unknownName(name, known: builtinNames)
        }
        return ChatTemplate(form: .fields(fields))
    }

    /// LMDeploy's `--chat-template FILE`: the fields of a JSON object laid over the built-in template that
    /// its `model_name` names, or over an empty one.
    package static func custom(json: [UInt8]) throws(ChatTemplateError) -> ChatTemplate {
        ChatTemplate(form: .fields(try CustomTemplate.decode(json)))
    }

    /// The built-in template that LMDeploy picks for a model at `path`; nil when no rule matches, or when the
    /// rule that matches first is for a vision model.
    package static func builtinName(matching path: String) -> String? {
        NameMatching.builtinName(matching: path)
    }

    /// The names of the built-in templates, sorted.
    package static var builtinNames: [String] { BuiltinTemplates.names }

    // MARK: - Using it

    /// The built-in or custom name; "hf" for the model's own Jinja template.
    package var name: String {
        switch form {
        case .jinja: "hf"
        case .fields(let fields): fields.name
        }
    }

    /// Texts that end a reply.
    package var stopWords: [String] {
        switch form {
        case .jinja(let chat): chat.eosToken.isEmpty ? [] : [chat.eosToken]
        case .fields(let fields): fields.stopWords
        }
    }

    /// The prompt of a conversation.
    ///
    /// - Parameters:
    ///   - addGenerationPrompt: whether to end with the opening of a reply. When the last message is already the
    ///     assistant's, the prompt then ends behind its content, for the model to go on with it.
    ///   - metaInstruction: the system text to use when the conversation does not begin with one, instead of the
    ///     template's default.
    package func prompt(
        for messages: [ChatMessage], addGenerationPrompt: Bool = true, metaInstruction: String? = nil
    ) throws(ChatTemplateError) -> String {
        switch form {
        case .jinja(let chat):
            var messages = messages
            if let metaInstruction, messages.first?.role != "system" {
                messages.insert(ChatMessage(role: "system", content: metaInstruction), at: 0)
            }
            return try chat.prompt(for: messages, addGenerationPrompt: addGenerationPrompt)
        case .fields(let fields):
            return try fields.overriding(metaInstruction: metaInstruction)
                .prompt(for: messages, addGenerationPrompt: addGenerationPrompt)
        }
    }

    /// The text of one user turn of a stateful session, whose earlier turns and replies the model has seen.
    ///
    /// - Parameters:
    ///   - sequenceStart: whether this is the session's first turn, which also opens the conversation.
    ///   - round: the number of this turn in its session, from 1, for the templates that write it.
    package func prompt(
        forPrompt prompt: String, sequenceStart: Bool = true, round: Int = 1, metaInstruction: String? = nil
    ) throws(ChatTemplateError) -> String {
        switch form {
        case .jinja(let chat):
            guard sequenceStart else { return try chat.laterTurn(prompt) }
            let messages = [ChatMessage(role: "user", content: prompt)]
            return try self.prompt(for: messages, metaInstruction: metaInstruction)
        case .fields(let fields):
            return try fields.overriding(metaInstruction: metaInstruction)
                .prompt(forPrompt: prompt, sequenceStart: sequenceStart, round: round)
        }
    }
}
