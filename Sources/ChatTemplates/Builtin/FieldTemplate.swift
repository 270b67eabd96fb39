/// A template made of fixed texts around messages, as LMDeploy defines them.
struct FieldTemplate: Sendable, Equatable {
    /// What the model is used for; decides what a prompt without roles becomes.
    enum Capability: String, Sendable, CaseIterable {
        case chat, completion, infilling, python
    }

    /// How messages become a prompt where fixed texts do not say it all.
    enum Assembly: Sendable, Equatable {
        case standard
        /// The texts alone; an empty prompt becomes the given one.
        case raw(emptyPrompt: String)
        /// "[Round n]" before each user message, and no mark behind a reply.
        case numberedRounds
    }

    /// How tools are described, called and answered.
    enum ToolStyle: Sendable, Equatable {
        /// Not at all; results are messages of role "tool".
        case none
        /// InternLM2: descriptions as JSON in a system message of their own, calls as JSON between action
        /// tokens.
        case plugin
        /// Llama 3.1: descriptions in prose in the system message, calls as
        /// `<function=name>{…}</function>`.
        case functionTags
        /// Qwen 2.5: descriptions as JSON in the system message, calls as JSON in `<tool_call>` tags.
        /// Consecutive results share one user message and stand in `<tool_response>` tags.
        case xmlTags
    }

    var name: String
    var capability = Capability.chat
    var assembly = Assembly.standard

    /// Written once, before everything else.
    var prefix = ""
    var system = ""
    /// The default system text; nil leaves the system block out, "" writes an empty one.
    var metaInstruction: String?
    /// Written before the default system text only.
    var knowledge = ""
    var endOfSystem = ""
    var user = ""
    var endOfUser = ""
    var assistant = ""
    var endOfAssistant = ""
    /// Between a reply and the next turn.
    var separator = ""
    var tool = ""
    var endOfTool = ""
    var toolStyle = ToolStyle.none
    /// The texts around the descriptions of tools in a system message.
    var toolPreamble = ""
    var toolEpilogue = ""
    /// Further roles that are written as tool results.
    var toolAliases: [String] = []
    /// Replaces the end of a reply that calls a tool.
    var endOfToolCall: String?
    /// Opens the reply after `assistant`, for a conversation.
    var generationSuffix = ""
    /// Whether the last character of `assistant` goes where it opens the reply.
    var shortensOpening = false
    /// The template of CodeLlama: prompts of the capabilities "infilling", "completion" and "python".
    var fillsIn = false
    var stopWords: [String] = []

    init(name: String) {
        self.name = name
    }

    func overriding(metaInstruction: String?) throws(ChatTemplateError) -> FieldTemplate {
        guard let metaInstruction else { return self }
        guard assembly != .numberedRounds else { throw .unsupportedMetaInstruction(template: name) }
        var template = self
        template.metaInstruction = metaInstruction
        template.knowledge = ""
        return template
    }

    // MARK: - A single prompt

    func prompt(forPrompt prompt: String, sequenceStart: Bool, round: Int) throws(ChatTemplateError) -> String
    {
        if fillsIn, capability == .infilling { return try Self.infilled(prompt) }
        switch assembly {
        case .raw(let emptyPrompt): return (prompt.isEmpty ? emptyPrompt : prompt)
        case .numberedRounds: return Self.round(round) + user + prompt + endOfUser + assistant
        case .standard: break
        }
        let start = sequenceStart ? prefix : ""
        guard capability == .chat || capability != .completion && !fillsIn else { return start + prompt }
        let turn = user + prompt + endOfUser + (capability == .chat ? replyOpening : assistant)
        guard sequenceStart else { return separator + turn }
        return start + (metaInstruction.map { system + $0 + endOfSystem } ?? "") + turn
    }

    /// CodeLlama's prompt for the text between what stands before and behind `<FILL>`.
    private static func infilled(_ prompt: String) throws(ChatTemplateError) -> String {
        let marker = Text("<FILL>")
        let text = Text(prompt)
        let matches = text.matches(of: marker)
        guard matches.count == 1 else { throw .infillMarkerCount(matches.count) }
        let parts = text.pieces(between: matches, separatorLength: marker.count)
        return "<PRE> \(parts[0].string) <SUF>\(parts[1].string) <MID>"
    }

    // MARK: - A conversation

    func prompt(for request: PromptRequest) throws(ChatTemplateError) -> String {
        let messages = request.messages
        for message in messages where !supportedRoles.contains(message.role) {
            throw .unsupportedRole(message.role, template: name, supported: supportedRoles)
        }
        let tools = try descriptions(of: request.tools)
        switch assembly {
        case .raw(let emptyPrompt):
            let text = try messages.map { message throws(ChatTemplateError) in try self.text(of: message) }
                .joined()
            return text.isEmpty ? emptyPrompt : text
        case .numberedRounds:
            return try numberedRounds(messages, addGenerationPrompt: request.addGenerationPrompt)
        case .standard: break
        }
        var text = prefix
        if messages.first?.role != "system" {
            if let metaInstruction, !messages.isEmpty || toolStyle == .xmlTags {
                text += system + (tools.isEmpty ? knowledge + metaInstruction : "")
                if !tools.isEmpty { text += systemText(metaInstruction, tools: tools, isDefault: true) }
                text += endOfSystem
            }
            text += pluginMessage(tools)
        }
        for (index, message) in messages.enumerated() {
            let (opening, closing) = try frame(of: index, in: messages)
            let isContinued = request.continuesReply && index == messages.count - 1
            var content = try self.text(of: message)
            if message.role == "system", index == 0 || toolStyle == .functionTags {
                content = systemText(content, tools: tools, isDefault: false)
            }
            text += opening + content + (isContinued ? "" : closing)
            if index == 0, message.role == "system" { text += pluginMessage(tools) }
        }
        if request.addGenerationPrompt, !request.continuesReply { text += replyOpening + generationSuffix }
        return text
    }

    /// The content of a message with the calls that it makes.
    private func text(of message: ChatMessage) throws(ChatTemplateError) -> String {
        let calls = message.role == "assistant" ? try message.toolCalls() : []
        let text = try message.text()
        guard !calls.isEmpty else { return text ?? "" }
        return try self.text(text, calling: calls)
    }

    private var replyOpening: String {
        shortensOpening ? String(assistant.dropLast()) : assistant
    }

    private var supportedRoles: [String] {
        switch assembly {
        case .numberedRounds: ["user", "assistant"]
        default: ["system", "user", "assistant", "tool"] + toolAliases
        }
    }

    /// The texts before and behind a message.
    private func frame(
        of index: Int, in messages: [ChatMessage]
    ) throws(ChatTemplateError) -> (opening: String, closing: String) {
        let message = messages[index]
        switch message.role {
        case "system": return (named(system, as: message), endOfSystem)
        case "user": return (named(user, as: message), endOfUser)
        case "assistant":
            let opening = named(assistant, as: message)
            if let endOfToolCall, try Self.callsTool(text(of: message)) { return (opening, endOfToolCall) }
            return (opening, endOfAssistant + separator)
        default:
            guard toolStyle == .xmlTags else { return (named(tool, as: message), endOfTool) }
            let opensGroup = index == 0 || messages[index - 1].role != "tool"
            let closesGroup = index == messages.count - 1 || messages[index + 1].role != "tool"
            return (
                (opensGroup ? tool : "") + "\n<tool_response>\n",
                "\n</tool_response>" + (closesGroup ? endOfTool : "")
            )
        }
    }

    private static func callsTool(_ content: String) -> Bool {
        let text = Text(content)
        return text.firstIndex(of: "<|python_tag|>") != nil || text.firstIndex(of: "</function>") != nil
    }

    private func numberedRounds(
        _ messages: [ChatMessage], addGenerationPrompt: Bool
    ) throws(ChatTemplateError) -> String {
        var text = ""
        var rounds = 0
        for (index, message) in messages.enumerated() {
            if message.role == "user" {
                rounds += 1
                text += Self.round(rounds) + user
                text += try self.text(of: message) + endOfUser
                if addGenerationPrompt || index < messages.count - 1 { text += assistant }
            } else {
                text += try self.text(of: message)
            }
        }
        return text
    }

    private static func round(_ number: Int) -> String { "[Round \(number)]\n\n" }
}
