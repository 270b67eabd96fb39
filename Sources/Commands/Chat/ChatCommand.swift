package import ArgumentParser
internal import Hub
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
        let isTerminalInput = StandardStream.isTerminal(StandardStream.input) && conversation.prompt == nil
        let isTerminalOutput = StandardStream.isTerminal(StandardStream.output)
        let style = TextStyle(isTerminal: isTerminalOutput, environment: environment)
        let loop = ChatLoop(
            session: ChatSession(
                source: pipeline, config: sampling.generationConfig, capability: conversation.capability,
                archive: archive),
            style: style, isInteractive: isTerminalInput,
            isTerminalOutput: isTerminalOutput, showsStatistics: conversation.stats)
        if let prompt = conversation.prompt {
            var console = NoConsole()
            try await loop.answer(prompt, &console)
        } else if !isTerminalInput {
            var console = StreamConsole(terminal: nil)
            try await loop.run(&console)
        } else {
            try await converse(
                loop, pipeline, style, environment, earlierMessages: archive?.messages.count ?? 0)
        }
    }

    private func converse(
        _ loop: ChatLoop<Pipeline>, _ pipeline: Pipeline, _ style: TextStyle, _ environment: [String: String],
        earlierMessages: Int
    ) async throws {
        let understandsSequences = TextStyle.understandsSequences(environment)
        guard
            let device = TerminalDevice(
                descriptor: StandardStream.input, understandsSequences: understandsSequences)
        else { return }
        defer { device.set(.original) }
        guard loop.isTerminalOutput, understandsSequences else {
            var console = StreamConsole(terminal: (device, Self.inputPrompt))
            return try await loop.run(&console)
        }
        try StandardStream.write(Self.banner(pipeline, style))
        if earlierMessages > 0 {
            let note = "(going on with session \(conversation.sessionId): \(earlierMessages) messages)"
            try StandardStream.write(style.dim(note) + "\n\n")
        }
        var console = TerminalConsole(
            device: device, prompt: Self.inputPrompt, style: style, historyFile: Self.historyFile(environment)
        )
        try await loop.run(&console)
    }

    private static let inputPrompt = "double enter to end input >>> "

    private static func banner(_ pipeline: Pipeline, _ style: TextStyle) -> String {
        let title = "lmdeploy \(ToolVersion.current): \(pipeline.modelName)"
        return """
            \(style.bold(title))
            \(style.dim(pipeline.plan.description))
            \(style.dim("chat template \(pipeline.chatTemplateName): \(pipeline.chatTemplateReason)"))
            \(style.dim("An empty line sends. Ctrl-C stops a reply, `end` starts over, `exit` or Ctrl-D leaves."))


            """
    }

    private static func historyFile(_ environment: [String: String]) -> HistoryFile {
        let folder = ModelCache(environment: environment).root
        FilePresence.makeFolder(folder)
        return HistoryFile(path: folder + "/chat_history")
    }
}
