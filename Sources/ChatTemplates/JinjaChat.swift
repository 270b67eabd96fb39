/// A model's Jinja templates with the variables that `transformers` gives them.
struct JinjaChat: Sendable {
    private let templates: [String: Result<JinjaTemplate, JinjaError>]
    private let sources: [String: String]
    /// "bos_token" and its like, and their texts; templates see those that the model has.
    let specialTokens: [String: String]

    var eosToken: String { specialTokens["eos_token"] ?? "" }

    /// Stands for the end of a reply while the text around it is looked for. Private-use characters, so that
    /// no conversation holds it. The space behind tells whether the template trims what it writes.
    private static let marker = "\u{E0F0}\u{E0F1}continue\u{E0F1}\u{E0F0}"
    private static let spacedMarker = marker + " "

    /// - Parameter sources: the templates by name; the one called "default" has to parse.
    init(sources: [String: String], specialTokens: [String: String]) throws(ChatTemplateError) {
        var templates: [String: Result<JinjaTemplate, JinjaError>] = [:]
        for (name, source) in sources {
            do throws(JinjaError) {
                templates[name] = .success(try JinjaTemplate(source))
            } catch {
                templates[name] = .failure(error)
            }
        }
        self.templates = templates
        self.sources = sources
        self.specialTokens = specialTokens
        if templates["default"] != nil || templates.isEmpty { _ = try template(named: "default") }
    }

    // MARK: - Prompts

    func prompt(for request: PromptRequest) throws(ChatTemplateError) -> String {
        for message in request.messages { try message.refuseMedia() }
        var request = request
        if let metaInstruction = request.metaInstruction, request.messages.first?.role != "system" {
            request.messages.insert(ChatMessage(role: "system", content: metaInstruction), at: 0)
        }
        guard request.continuesReply else { return try render(request) }
        return try continuation(of: request)
    }

    /// A turn behind a reply that the model has just made: what the template writes between a reply's end and
    /// the next reply's beginning. A stop token at its start goes, as the session holds the one that was
    /// sampled.
    func laterTurn(_ prompt: String) throws(ChatTemplateError) -> String {
        let messages = [
            ChatMessage(role: "user", content: "."), ChatMessage(role: "assistant", content: Self.marker),
            ChatMessage(role: "user", content: prompt),
        ]
        let rendered = Text(try render(PromptRequest(messages: messages)))
        let marker = Text(Self.marker)
        guard let place = rendered.matchesFromEnd(of: marker, limit: 1).last else {
            throw .replyNotContinuable(template: "hf")
        }
        let turn = Text(rendered.scalars[(place + marker.count)...])
        let eos = Text(eosToken)
        guard !eos.isEmpty, turn.hasPrefix(eos) else { return turn.string }
        return Text(turn.scalars[eos.count...]).string
    }

    // MARK: - Internals

    /// The prompt up to the end of the last message's text.
    private func continuation(of request: PromptRequest) throws(ChatTemplateError) -> String {
        guard let last = request.messages.last else {
            throw .invalidConversation("there is no message to continue")
        }
        var request = request
        request.addGenerationPrompt = false
        var text = ""
        switch last.fields["content"] {
        case .string(let content):
            text = content
            request.messages[request.messages.count - 1] = last.setting(
                "content", to: .string(content + Self.spacedMarker))
        case .array(var parts):
            guard let place = parts.lastIndex(where: { $0.member("text")?.text != nil }),
                case .object(var part) = parts[place], let content = part["text"]?.text
            else { throw .replyNotContinuable(template: "hf") }
            text = content
            part["text"] = .string(content + Self.spacedMarker)
            parts[place] = .object(part)
            request.messages[request.messages.count - 1] = last.setting("content", to: .array(parts))
        default: throw .replyNotContinuable(template: "hf")
        }
        let rendered = Text(try render(request))
        guard let place = rendered.matchesFromEnd(of: Text(Self.marker), limit: 1).last,
            rendered.firstIndex(of: Text(text).stripped()) != nil
        else { throw .replyNotContinuable(template: "hf") }
        let before = Text(rendered.scalars[..<place])
        let keepsSpace = Text(rendered.scalars[place...]).hasPrefix(Text(Self.spacedMarker))
        return keepsSpace ? before.string : before.stripped(.right).string
    }

    private func render(_ request: PromptRequest) throws(ChatTemplateError) -> String {
        let name = templateName(for: request)
        let template = try template(named: name)
        var context: [String: JinjaValue] = specialTokens.mapValues(JinjaValue.string)
        context["messages"] = .array(request.messages.map(Self.templateFields))
        context["add_generation_prompt"] = .bool(request.addGenerationPrompt)
        // Defined but none, as templates tell "no tools" from "unknown variable".
        context["tools"] = request.tools.map(JinjaValue.array) ?? JinjaValue.none
        context["documents"] = request.documents.map(JinjaValue.array) ?? JinjaValue.none
        for (name, value) in request.templateArguments.members { context[name] = value }
        do throws(JinjaError) {
            return try template.render(context, utcSeconds: request.utcSeconds)
        } catch {
            throw .jinja(error)
        }
    }

    private func templateName(for request: PromptRequest) -> String {
        if let name = request.templateName { return name }
        return request.tools != nil && templates["tool_use"] != nil ? "tool_use" : "default"
    }

    private func template(named name: String) throws(ChatTemplateError) -> JinjaTemplate {
        switch templates[name] {
        case nil: throw .unknownModelTemplate(name, known: templates.keys.sorted())
        case .failure(let error): throw .jinja(error)
        case .success(let template): return template
        }
    }

    /// The fields that a template sees: a reply's reasoning under each of the names that templates know.
    private static func templateFields(of message: ChatMessage) -> JinjaValue {
        let names = ["reasoning_content", "thinking", "reasoning"]
        let given = names.lazy.compactMap { message.fields[$0] }.first { $0 != JinjaValue.none }
        guard let reasoning = given else { return message.json }
        var fields = message.fields
        if fields["thinking"] == nil { fields.members.insert(("thinking", reasoning), at: 0) }
        fields["reasoning_content"] = reasoning
        return .object(fields)
    }
}
