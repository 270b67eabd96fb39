/// What a prompt is made of.
package struct PromptRequest: Sendable {
    package var messages: [ChatMessage]
    /// Functions that the model may call, as the chat protocol describes them; nil is "none were given".
    package var tools: [JinjaValue]?
    /// Texts to answer from, for templates that know them.
    package var documents: [JinjaValue]?
    /// Further variables of the model's own template, such as "enable_thinking". They win over the usual ones.
    package var templateArguments = JinjaObject()
    /// Which of the model's own templates to use; nil is "tool_use" where it has that and tools are given, else
    /// "default".
    package var templateName: String?
    /// Whether the prompt ends with the opening of a reply.
    package var addGenerationPrompt = true
    /// Whether the prompt ends inside the last message, for the model to go on with it; nil is "if that is the
    /// assistant's and `addGenerationPrompt` is set".
    package var continueFinalMessage: Bool?
    /// The system text to use when the conversation does not begin with one, instead of the template's default.
    package var metaInstruction: String?
    /// The moment that templates call now, in seconds since 1970, shown in UTC; nil is the present, local time.
    package var utcSeconds: Int?

    package init(messages: [ChatMessage], tools: [JinjaValue]? = nil) {
        self.messages = messages
        self.tools = tools
    }

    /// A request from JSON documents.
    ///
    /// - Parameters:
    ///   - messages: a list of messages, or an object that has it as "messages" and may have "tools" as well.
    ///   - tools: a list of tools.
    ///   - templateArguments: an object of variables for the model's own template.
    package init(
        messages: [UInt8], tools: [UInt8]? = nil, templateArguments: [UInt8]? = nil
    ) throws(ChatTemplateError) {
        self.messages = try ChatMessage.conversation(json: messages)
        let body = try JinjaValue(json: messages, name: "the list of messages")
        let given = try tools.map { json throws(ChatTemplateError) in
            try JinjaValue(json: json, name: "the list of tools")
        }
        switch given ?? body.member("tools") ?? .none {
        case .none: self.tools = nil
        case .array(let elements): self.tools = elements
        case let other: throw .invalidConversation("the tools are \(other.kindName), expected a list")
        }
        guard let templateArguments else { return }
        guard
            case .object(let arguments) = try JinjaValue(
                json: templateArguments, name: "the template's arguments")
        else { throw .invalidConversation("the template's arguments are not a JSON object") }
        self.templateArguments = arguments
    }

    var continuesReply: Bool {
        continueFinalMessage ?? (addGenerationPrompt && messages.last?.role == "assistant")
    }
}
