internal import Hub

/// A conversation with whoever is at the other end of standard input and output: a person at a terminal, or a
/// program.
struct ChatTerminal {
    let style: TextStyle
    let environment: [String: String]
    /// Shown to a person before the first message.
    let banner: String
    /// The one message of a conversation that has no others.
    let prompt: String?
    let showsStatistics: Bool

    private static let inputPrompt = "double enter to end input >>> "

    func run<Source: ReplySource>(_ session: ChatSession<Source>) async throws {
        let isTerminalInput = StandardStream.isTerminal(StandardStream.input) && prompt == nil
        let loop = ChatLoop(
            session: session, style: style, isInteractive: isTerminalInput,
            isTerminalOutput: StandardStream.isTerminal(StandardStream.output),
            showsStatistics: showsStatistics)
        if let prompt {
            var console = NoConsole()
            try await loop.answer(prompt, &console)
        } else if !isTerminalInput {
            var console = StreamConsole(terminal: nil)
            try await loop.run(&console)
        } else {
            try await converse(loop)
        }
    }

    private func converse<Source: ReplySource>(_ loop: ChatLoop<Source>) async throws {
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
        try StandardStream.write(banner)
        var console = TerminalConsole(
            device: device, prompt: Self.inputPrompt, style: style, historyFile: historyFile)
        try await loop.run(&console)
    }

    private var historyFile: HistoryFile {
        let folder = ModelCache(environment: environment).root
        FilePresence.makeFolder(folder)
        return HistoryFile(path: folder + "/chat_history")
    }
}
