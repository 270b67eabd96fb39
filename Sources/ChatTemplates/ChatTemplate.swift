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
        try jinja(
            sources: ["default": source], specialTokens: ["bos_token": bosToken, "eos_token": eosToken])
    }

    /// The model's own templates by name. "default" is used unless a request names another one, or gives tools
    /// and there is a "tool_use".
    ///
    /// - Parameter specialTokens: texts of "bos_token", "eos_token" and others; a template sees a token that is
    ///   not given as undefined.
    package static func jinja(
        sources: [String: String], specialTokens: [String: String]
    ) throws(ChatTemplateError) -> ChatTemplate {
        ChatTemplate(form: .jinja(try JinjaChat(sources: sources, specialTokens: specialTokens)))
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

    /// The built-in template that LMDeploy picks for a model at `path`; nil when no rule matches.
    package static func builtinName(matching path: String) -> String? {
        NameMatching.match(path)?.name
    }

    /// The name that LMDeploy's releases up to 0.2.5 pick: the registered name most like the last component of
    /// `path`; nil when none is alike.
    package static func earlierBuiltinName(matching path: String) -> String? {
        SimilarName.match(path)
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
        var request = PromptRequest(messages: messages)
        request.addGenerationPrompt = addGenerationPrompt
        request.metaInstruction = metaInstruction
        return try prompt(for: request)
    }

    /// The prompt of a conversation with all that can come with it.
    package func prompt(for request: PromptRequest) throws(ChatTemplateError) -> String {
        switch form {
        case .jinja(let chat): return try chat.prompt(for: request)
        case .fields(let fields):
            return try fields.overriding(metaInstruction: request.metaInstruction).prompt(for: request)
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
