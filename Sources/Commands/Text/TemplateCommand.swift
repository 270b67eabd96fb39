package import ArgumentParser
internal import ChatTemplates
internal import LMDeploy

/// `lmdeploy template`: the exact prompt that a conversation becomes.
package struct TemplateCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "template",
        abstract: "Print the prompt that a model's chat template makes of messages.",
        discussion: """
            The messages are a JSON list as chat completions take it: [{"role": "user", "content": "Hi"}]. The \
            prompt goes to standard output as it is, and which template made it, and why, to standard error.
            """)

    @Argument(
        help: ArgumentHelp(
            "A GGUF file, a Hugging Face folder or id, or the name of a cached model.", valueName: "model"))
    package var model: String?

    @Option(help: ArgumentHelp("A JSON file with the messages; - for standard input.", valueName: "file"))
    package var messages: String = "-"

    @Option(help: ArgumentHelp("A JSON file with a list of tools.", valueName: "file"))
    package var tools: String?

    @Option(
        help: ArgumentHelp(
            "A JSON object of further variables for the template: '{\"enable_thinking\": false}'.",
            valueName: "json"))
    package var templateKwargs: String?

    @Option(
        help: ArgumentHelp(
            "A built-in chat template (see `lmdeploy list`) or a JSON file. (default: the model's own)",
            valueName: "name|file"))
    package var chatTemplate: String?

    @Flag(help: "Do not open a reply at the end.")
    package var noGenerationPrompt = false

    @OptionGroup(title: "Hub") package var hub: HubOptions

    package init() {}

    package func run() throws {
        let path = try ModelLoader(environment: CurrentProcess.environment).path(of: model, hub: hub)
        let choice = try ChatTemplateChoice(path: path, config: ChatTemplateConfig(modelName: chatTemplate))
        var request = try PromptRequest(
            messages: InputFile.read(messages), tools: try tools.map { try InputFile.read($0) },
            templateArguments: templateKwargs.map { Array($0.utf8) })
        request.addGenerationPrompt = !noGenerationPrompt
        let prompt = try choice.template.prompt(for: request)
        try StandardStream.write(
            "chat template \(choice.name): \(choice.reason)\n", to: StandardStream.error)
        try StandardStream.write(prompt)
        // A terminal's own prompt would stand on the same line.
        if StandardStream.isTerminal(StandardStream.output) { try StandardStream.write("\n") }
    }
}
