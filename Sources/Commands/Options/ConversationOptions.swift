package import ArgumentParser
package import LMDeploy

/// How messages become prompts, and where they come from.
package struct ConversationOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A built-in chat template (see `lmdeploy list`) or a JSON file. (default: the model's own)",
            valueName: "name|file"))
    package var chatTemplate: String?

    @Option(help: ArgumentHelp("The same, as early versions called it.", valueName: "name"))
    package var modelName: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("A system message instead of the template's own.", valueName: "text"))
    package var metaInstruction: String?

    @Option(help: ArgumentHelp("chat, or completion to continue the text as it is.", valueName: "capability"))
    package var cap = "chat"

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Print the reply to this one message and exit.", valueName: "text"))
    package var prompt: String?

    @Option(
        help: ArgumentHelp(
            "Keep the conversation in this folder, and go on with it next time.", valueName: "folder")
    )
    package var sessionStore: String?

    @Option(help: ArgumentHelp("Which conversation of --session-store to go on with.", valueName: "number"))
    package var sessionId: UInt64 = 1

    @Flag(help: "Print token counts and speeds to standard error after each reply.")
    package var stats = false

    package init() {}

    package func validate() throws {
        guard ChatCapability(rawValue: cap) != nil else {
            throw ToolError.option(name: "--cap", found: "'\(cap)'", expected: "chat or completion")
        }
        if let chatTemplate, let modelName, chatTemplate != modelName {
            throw ToolError.conflict(
                "--chat-template '\(chatTemplate)' and --model-name '\(modelName)' name two templates: keep one"
            )
        }
        if sessionStore != nil, capability == .completion {
            throw ToolError.conflict(
                "--session-store keeps conversations, and --cap completion has none: leave one of them out")
        }
        if let prompt, prompt.trimmed.isEmpty {
            throw ToolError.option(name: "--prompt", found: "empty", expected: "a message")
        }
    }

    package var capability: ChatCapability { ChatCapability(rawValue: cap) ?? .chat }

    package var templateConfig: ChatTemplateConfig {
        ChatTemplateConfig(modelName: chatTemplate ?? modelName, metaInstruction: metaInstruction)
    }
}
