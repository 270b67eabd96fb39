internal import APIServer
package import ArgumentParser
internal import LMDeploy

/// `lmdeploy serve gradio`: the chat page, before a model or another server.
package struct GradioCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "gradio",
        abstract: "Serve the chat page, with a model or before an API server.",
        discussion: """
            Examples:
              lmdeploy serve gradio MODEL                    the model and its chat page on port 6006
              lmdeploy serve gradio http://localhost:23333   the page alone, before a server that runs already

            The page is this program's own; nothing of Gradio is needed.
            """)

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

    @OptionGroup(title: "Engine") package var engine: EngineOptions

    package init() {}

    package func run() async throws {
        let page = "/ui"
        guard let remote = Self.remote(model.model) else {
            return try await ServerRun(
                model: model, server: server,
                template: ChatTemplateConfig(modelName: chatTemplate, metaInstruction: metaInstruction),
                sessionStore: nil, engine: engine, port: 6006, page: page
            ).run()
        }
        guard chatTemplate == nil, metaInstruction == nil, server.isWithoutService,
            engine.engineConfig(maxBatchSize: 1)
                == (try EngineOptions.parse([]).engineConfig(maxBatchSize: 1))
        else {
            throw ToolError.conflict(
                "options of the model and the engine are for a model that runs here, and \(remote) is another "
                    + "server: give them to that one")
        }
        let settings = try server.serverSettings(CurrentProcess.environment, port: 6006)
        try await ServerRun.serve(settings, page: page) { onReady in
            try await PageServer(remote: remote, settings: settings, logger: server.logger)
                .run(onReady: onReady)
        }
    }

    /// The address of a server, when it is one: a URL, or HOST:PORT.
    package static func remote(_ model: String?) -> String? {
        guard let model else { return nil }
        if model.hasPrefix("http://") || model.hasPrefix("https://") { return model }
        let parts = model.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[0].contains("/"), UInt16(parts[1]) != nil else {
            return nil
        }
        return "http://" + model
    }
}
