package import ArgumentParser
internal import LMDeploy

/// `lmdeploy chat`: a conversation in the terminal.
package struct ChatCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "chat",
        abstract: "Chat with a model.",
        discussion: """
            A message ends with an empty line. `end` starts a new conversation, `exit` leaves, Ctrl-C stops a \
            reply. When standard input is not a terminal, messages are read from it and replies are all that \
            is printed.
            """)

    @OptionGroup(title: "Model") package var model: ModelOptions
    @OptionGroup(title: "Conversation") package var conversation: ConversationOptions
    @OptionGroup(title: "Sampling") package var sampling: SamplingOptions
    @OptionGroup(title: "Engine") package var engine: EngineOptions

    package init() {}

    package func run() async throws {
        let environment = CurrentProcess.environment
        // Opened first: a folder that cannot be used is told before a model is loaded.
        let archive = try conversation.sessionStore.map {
            try ChatArchive(folder: $0, id: conversation.sessionId)
        }
        let pipeline = try ModelLoader(environment: environment).load(
            model, engineConfig: engine.engineConfig(maxBatchSize: 1), template: conversation.templateConfig)
        defer { pipeline.close() }
        let style = TextStyle(
            isTerminal: StandardStream.isTerminal(StandardStream.output), environment: environment)
        let session = ChatSession(
            source: pipeline, config: sampling.generationConfig, capability: conversation.capability,
            archive: archive)
        var banner = Self.banner(pipeline, style)
        if let count = archive?.messages.count, count > 0 {
            let note = "(going on with session \(conversation.sessionId): \(count) messages)"
            banner += style.dim(note) + "\n\n"
        }
        try await ChatTerminal(
            style: style, environment: environment, banner: banner, prompt: conversation.prompt,
            showsStatistics: conversation.stats
        ).run(session)
    }

    private static func banner(_ pipeline: Pipeline, _ style: TextStyle) -> String {
        let title = "lmdeploy \(ToolVersion.current): \(pipeline.modelName)"
        return """
            \(style.bold(title))
            \(style.dim(pipeline.plan.description))
            \(style.dim("chat template \(pipeline.chatTemplateName): \(pipeline.chatTemplateReason)"))
            \(style.dim("An empty line sends. Ctrl-C stops a reply, `end` starts over, `exit` or Ctrl-D leaves."))


            """
    }
}
