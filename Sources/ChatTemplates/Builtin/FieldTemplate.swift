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
        /// Consecutive tool results share one user message and stand in `<tool_response>` tags.
        case taggedToolResponses
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
        case .standard, .taggedToolResponses: break
        }
        guard capability == .chat || capability != .completion && !fillsIn else { return prompt }
        let turn = user + prompt + endOfUser + replyOpening
        guard sequenceStart else { return separator + turn }
        return prefix + (metaInstruction.map { system + $0 + endOfSystem } ?? "") + turn
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

    func prompt(for messages: [ChatMessage], addGenerationPrompt: Bool) throws(ChatTemplateError) -> String {
        for message in messages where !supportedRoles.contains(message.role) {
            throw .unsupportedRole(message.role, template: name, supported: supportedRoles)
        }
        switch assembly {
        case .raw(let emptyPrompt):
            let text = messages.map(\.content).joined()
            return text.isEmpty ? emptyPrompt : text
        case .numberedRounds:
            return numberedRounds(messages, addGenerationPrompt: addGenerationPrompt)
        case .standard, .taggedToolResponses: break
        }
        var text = prefix
        if let metaInstruction, let first = messages.first, first.role != "system" {
            text += system + knowledge + metaInstruction + endOfSystem
        }
        let continuesReply = addGenerationPrompt && messages.last?.role == "assistant"
        for (index, message) in messages.enumerated() {
            let (opening, closing) = frame(of: index, in: messages)
            let isContinued = continuesReply && index == messages.count - 1
            text += opening + message.content + (isContinued ? "" : closing)
        }
        if addGenerationPrompt, !continuesReply { text += replyOpening + generationSuffix }
        return text
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
    private func frame(of index: Int, in messages: [ChatMessage]) -> (opening: String, closing: String) {
        let message = messages[index]
        switch message.role {
        case "system": return (system, endOfSystem)
        case "user": return (user, endOfUser)
        case "assistant":
            if let endOfToolCall, Self.callsTool(message.content) { return (assistant, endOfToolCall) }
            return (assistant, endOfAssistant + separator)
        default:
            guard assembly == .taggedToolResponses else { return (tool, endOfTool) }
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

    private func numberedRounds(_ messages: [ChatMessage], addGenerationPrompt: Bool) -> String {
        var text = ""
        var rounds = 0
        for (index, message) in messages.enumerated() {
            if message.role == "user" {
                rounds += 1
                text += Self.round(rounds) + user + message.content + endOfUser
                if addGenerationPrompt || index < messages.count - 1 { text += assistant }
            } else {
                text += message.content
            }
        }
        return text
    }

    private static func round(_ number: Int) -> String { "[Round \(number)]\n\n" }
}
