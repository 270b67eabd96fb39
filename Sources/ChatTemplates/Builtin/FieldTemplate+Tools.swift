extension FieldTemplate {
    /// The functions that tools describe, as JSON objects.
    func descriptions(of tools: [JinjaValue]?) throws(ChatTemplateError) -> [JinjaObject] {
        guard let tools, !tools.isEmpty else { return [] }
        guard toolStyle != .none else {
            throw .unsupportedTools(template: name, supported: BuiltinTemplates.namesWithTools)
        }
        var functions: [JinjaObject] = []
        for tool in tools {
            guard case .object(let function) = tool.member("function") ?? tool, function["name"]?.text != nil
            else { throw .invalidConversation("a tool has no 'name' that is a string") }
            functions.append(function)
        }
        return functions
    }

    /// A system text with the descriptions of tools, where they belong there.
    func systemText(_ text: String, tools: [JinjaObject], isDefault: Bool) -> String {
        guard !tools.isEmpty else { return text }
        switch toolStyle {
        case .none, .plugin: return text
        case .functionTags:
            var described = toolPreamble
            for tool in tools {
                let name = tool["name"]?.text ?? ""
                let purpose = tool["description"]?.text ?? ""
                let json = JinjaValue.object(tool).pythonJSON
                described += "Use the function '\(name)' to: \(purpose)\n\(json)\n"
            }
            return (isDefault ? knowledge : "") + described + toolEpilogue + text
        case .xmlTags:
            let lines = tools.map {
                separator + "{\"type\": \"function\", \"function\": \(JinjaValue.object($0).pythonJSON)}"
            }
            return text + toolPreamble + lines.joined() + toolEpilogue
        }
    }

    /// InternLM2's system message of the tools.
    func pluginMessage(_ tools: [JinjaObject]) -> String {
        guard toolStyle == .plugin, !tools.isEmpty else { return "" }
        let opening = Text(system).stripped().string + " name=<|plugin|>\n"
        return opening + JinjaValue.array(tools.map(JinjaValue.object)).pythonJSON + endOfSystem
    }

    /// InternLM2 names the speaker where it is the plugin or the interpreter.
    func named(_ opening: String, as message: ChatMessage) -> String {
        guard toolStyle == .plugin, let name = message.name, name == "plugin" || name == "interpreter" else {
            return opening
        }
        return Text(opening).stripped().string + " name=<|\(name)|>\n"
    }

    /// The text of a reply that calls tools.
    func text(_ text: String?, calling calls: [ChatMessage.ToolCall]) throws(ChatTemplateError) -> String {
        var result = text ?? ""
        for (index, call) in calls.enumerated() {
            let arguments = try call.decodedArguments()
            switch toolStyle {
            case .none: throw .unsupportedTools(template: name, supported: BuiltinTemplates.namesWithTools)
            case .plugin:
                let json: JinjaValue = ["name": .string(call.name), "parameters": arguments]
                result += "<|action_start|><|plugin|>\n\(json.pythonJSON)<|action_end|>"
            case .functionTags:
                result += "<function=\(call.name)>\(arguments.pythonJSON)</function>"
            case .xmlTags:
                // The reply's opening ends with a line break, which takes the place of the first one here.
                if index > 0 || text != nil { result += separator }
                let json = "{\"name\": \"\(call.name)\", \"arguments\": \(arguments.pythonJSON)}"
                result += "<tool_call>\(separator)\(json)\(separator)</tool_call>"
            }
        }
        return result
    }
}
