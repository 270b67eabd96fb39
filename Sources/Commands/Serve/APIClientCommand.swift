package import ArgumentParser
internal import LMDeploy

/// `lmdeploy serve api_client`: a conversation with a server's model.
package struct APIClientCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "api_client",
        abstract: "Chat with the model of an API server.",
        discussion: """
            A message ends with an empty line. `end` starts a new conversation, `exit` leaves, Ctrl-C stops a \
            reply. When standard input is not a terminal, messages are read from it and replies are all that \
            is printed.
            """,
        aliases: ["api-client"])

    @Argument(help: ArgumentHelp("The server's address, such as http://localhost:23333.", valueName: "url"))
    package var url = "http://localhost:23333"

    @Option(help: ArgumentHelp("A key that the server asks for.", valueName: "key"))
    package var apiKey: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Print the reply to this one message and exit.", valueName: "text"))
    package var prompt: String?

    @OptionGroup(title: "Sampling") package var sampling: SamplingOptions

    package init() {}

    package func validate() throws {
        guard url.hasPrefix("http://") || url.hasPrefix("https://") else {
            throw ToolError.option(
                name: "the server's address", found: "'\(url)'", expected: "http://HOST:PORT or https://…")
        }
        if sampling.speculativeAlgorithm != nil {
            throw ToolError.option(
                name: "--speculative-algorithm", found: "given", expected: "nothing: the server decides that")
        }
    }

    package func run() async throws {
        let environment = CurrentProcess.environment
        let address = url.hasSuffix("/") ? String(url.dropLast()) : url
        let source = try await RemoteReplySource(url: address, apiKey: apiKey)
        let style = TextStyle(
            isTerminal: StandardStream.isTerminal(StandardStream.output), environment: environment)
        let banner = """
            \(style.bold("\(source.modelName.printable()) at \(address)"))
            \(style.dim("An empty line sends. Ctrl-C stops a reply, `end` starts over, `exit` or Ctrl-D leaves."))


            """
        try await ChatTerminal(
            style: style, environment: environment, banner: banner, prompt: prompt, showsStatistics: false
        ).run(ChatSession(source: source, config: sampling.generationConfig))
    }
}
