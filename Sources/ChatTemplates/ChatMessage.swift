/// One message of a conversation, in the form of the OpenAI chat protocol.
///
/// All fields are kept as they were given, those unknown here included, because a model's own template may read
/// any of them.
package struct ChatMessage: Sendable, Equatable {
    /// Every field, in the order given.
    package private(set) var fields: JinjaObject
    /// "system", "user", "assistant" or "tool"; templates may know others.
    package let role: String

    /// A call of a function that a reply asks for.
    package struct ToolCall: Sendable, Equatable {
        package var id: String?
        package var name: String
        /// The arguments by name: an object, or a string that holds one as JSON.
        package var arguments: JinjaValue

        package init(id: String? = nil, name: String, arguments: JinjaValue) {
            self.id = id
            self.name = name
            self.arguments = arguments
        }
    }

    package init(role: String, content: String) {
        self.init(role: role, content: content, toolCalls: [])
    }

    /// - Parameters:
    ///   - toolCallID: for a tool's result, the call that it answers.
    ///   - name: for a tool's result, the function; for others, who speaks.
    package init(
        role: String, content: String?, reasoningContent: String? = nil, toolCalls: [ToolCall],
        toolCallID: String? = nil, name: String? = nil
    ) {
        self.role = role
        var members: [(key: String, value: JinjaValue)] = [
            ("role", .string(role)), ("content", content.map(JinjaValue.string) ?? .none),
        ]
        if let name { members.append(("name", .string(name))) }
        if let reasoningContent { members.append(("reasoning_content", .string(reasoningContent))) }
        if !toolCalls.isEmpty { members.append(("tool_calls", .array(toolCalls.map(\.json)))) }
        if let toolCallID { members.append(("tool_call_id", .string(toolCallID))) }
        fields = JinjaObject(members)
    }

    /// A message of the protocol: an object with a "role".
    ///
    /// - Parameter place: how an error names the message.
    package init(json: JinjaValue, place: String = "the message") throws(ChatTemplateError) {
        guard case .object(let object) = json else {
            throw .invalidConversation("\(place) is not a JSON object with 'role' and 'content'")
        }
        guard case .string(let role)? = object["role"] else {
            throw .invalidConversation("\(place) has no 'role' that is a string")
        }
        fields = object
        self.role = role
    }

    /// The messages of a JSON document: a list of them, or an object with such a list as "messages".
    package static func conversation(json: [UInt8]) throws(ChatTemplateError) -> [ChatMessage] {
        var value = try JinjaValue(json: json, name: "the list of messages")
        if case .object(let object) = value, let messages = object["messages"] { value = messages }
        guard case .array(let elements) = value else {
            throw .invalidConversation("expected a JSON list of messages")
        }
        var messages: [ChatMessage] = []
        for (index, element) in elements.enumerated() {
            messages.append(try ChatMessage(json: element, place: "message \(index + 1)"))
        }
        return messages
    }

    /// The message as the protocol writes it.
    package var json: JinjaValue { .object(fields) }

    // MARK: - Fields

    package var name: String? { fields["name"]?.text }

    package var toolCallID: String? { fields["tool_call_id"]?.text }

    package var reasoningContent: String? { fields["reasoning_content"]?.text }

    /// The content's text: that of its parts, one after the other; nil where there is no content.
    package func text() throws(ChatTemplateError) -> String? {
        switch fields["content"] {
        case nil, .some(.none), .undefined: return nil
        case .string(let text): return text
        case .array(let parts):
            try refuseMedia()
            return parts.map { $0.text ?? $0.member("text")?.text ?? "" }.joined()
        case .some(let other):
            throw .invalidConversation(
                "the content of a message with role '\(role)' is \(other.kindName), expected text or a list of"
                    + " parts")
        }
    }

    /// The calls of a reply, in both spellings of the protocol: with and without "function" around them.
    package func toolCalls() throws(ChatTemplateError) -> [ToolCall] {
        guard let value = fields["tool_calls"], value != .none else { return [] }
        guard case .array(let elements) = value else {
            throw .invalidConversation("'tool_calls' is \(value.kindName), expected a list")
        }
        var calls: [ToolCall] = []
        for element in elements {
            let function = element.member("function") ?? element
            guard let name = function.member("name")?.text else {
                throw .invalidConversation("a tool call has no 'name' that is a string")
            }
            let arguments = function.member("arguments") ?? function.member("parameters")
            calls.append(
                ToolCall(id: element.member("id")?.text, name: name, arguments: arguments ?? .object([:])))
        }
        return calls
    }

    /// Refuses what a text engine cannot read: images, sound, files.
    package func refuseMedia() throws(ChatTemplateError) {
        guard case .array(let parts)? = fields["content"] else { return }
        for part in parts where part.text == nil {
            let type = part.member("type")?.text ?? part.kindName
            guard !Self.mediaTypes.contains(type), part.member("text")?.text != nil else {
                throw .unsupportedContent(type: type, role: role)
            }
        }
    }

    private static let mediaTypes: Set<String> = [
        "image", "image_url", "image_data", "input_image", "video", "video_url", "audio", "audio_url",
        "input_audio", "file",
    ]

    /// This message with another value for a field, which keeps its place.
    func setting(_ name: String, to value: JinjaValue) -> ChatMessage {
        var message = self
        message.fields[name] = value
        return message
    }
}

extension ChatMessage.ToolCall {
    /// The call as the protocol writes it.
    package var json: JinjaValue {
        var members: [(key: String, value: JinjaValue)] = id.map { [("id", .string($0))] } ?? []
        members.append(("type", "function"))
        members.append(("function", ["name": .string(name), "arguments": arguments]))
        return .object(JinjaObject(members))
    }

    /// The arguments by name, read from their JSON where they are a string.
    func decodedArguments() throws(ChatTemplateError) -> JinjaValue {
        guard case .string(let text) = arguments else { return arguments }
        return try JinjaValue(json: Array(text.utf8), name: "the arguments of a call of '\(name)'")
    }
}

extension JinjaObject {
    /// The value of a member; setting one that is there keeps its place.
    package subscript(name: String) -> JinjaValue? {
        get { members.last { $0.key == name }?.value }
        set {
            guard let newValue else { return members.removeAll { $0.key == name } }
            if let place = members.lastIndex(where: { $0.key == name }) {
                members[place].value = newValue
            } else {
                members.append((name, newValue))
            }
        }
    }
}

extension JinjaValue {
    var text: String? {
        if case .string(let text) = self { text } else { nil }
    }

    func member(_ name: String) -> JinjaValue? {
        if case .object(let object) = self { object[name] } else { nil }
    }

    /// How an error names the kind of value.
    var kindName: String {
        switch self {
        case .undefined: "undefined"
        case .none: "null"
        case .bool: "a truth value"
        case .int, .double: "a number"
        case .string: "a string"
        case .array: "a list"
        case .object: "an object"
        }
    }
}
