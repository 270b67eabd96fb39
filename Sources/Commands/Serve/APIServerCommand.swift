package import ArgumentParser
internal import LMDeploy

/// `lmdeploy serve api_server`: a model behind HTTP.
package struct APIServerCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "api_server",
        abstract: "Serve a model with the interfaces of OpenAI, Anthropic and LMDeploy.",
        discussion: """
            Examples:
              lmdeploy serve api_server                  the default model on port 23333
              lmdeploy serve api_server MODEL --api-keys KEY --max-batch-size 16

            SIGTERM and Ctrl-C stop the server once running replies have ended.
            """,
        aliases: ["api-server"])

    @OptionGroup(title: "Model") package var model: ModelOptions
    @OptionGroup(title: "Server") package var server: ServerOptions

    @Option(
        help: ArgumentHelp(
            "A built-in chat template (see `lmdeploy list`) or a JSON file. (default: the model's own)",
            valueName: "name|file"))
    package var chatTemplate: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("A system message instead of the template's own.", valueName: "text"))
    package var metaInstruction: String?

    @Option(
        help: ArgumentHelp(
            "Keep the sessions of /v1/chat/interactive in this folder, over a restart.", valueName: "folder"))
    package var sessionStore: String?

    @OptionGroup(title: "Engine") package var engine: EngineOptions

    package init() {}

    package func run() async throws {
        try await ServerRun(
            model: model, server: server,
            template: ChatTemplateConfig(modelName: chatTemplate, metaInstruction: metaInstruction),
            sessionStore: sessionStore, engine: engine, port: 23333, page: ""
        ).run()
    }
}
