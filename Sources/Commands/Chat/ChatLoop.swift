/// Reads messages and prints replies until there are no more messages.
struct ChatLoop<Source: ReplySource> {
    let session: ChatSession<Source>
    let style: TextStyle
    /// Prints notes for people, and goes on after errors.
    let isInteractive: Bool
    /// Replies go to a terminal, which control characters in them must not command.
    let isTerminalOutput: Bool
    let showsStatistics: Bool

    func run(_ console: inout some ChatConsole) async throws {
        while let text = try console.nextMessage() {
            switch ChatInput(text) {
            case .exit:
                return
            case .end:
                try await session.reset()
                if isInteractive { try StandardStream.write(style.dim("(new conversation)") + "\n\n") }
            case .message(let message):
                try await answer(message, &console)
            }
        }
    }

    /// Prints the reply to one message.
    func answer(_ message: String, _ console: inout some ChatConsole) async throws {
        let printsSafely = isTerminalOutput
        let session = session
        let task = Task {
            try await session.say(message) { text in
                guard !text.isEmpty else { return }
                try StandardStream.write(printsSafely ? text.printable() : text)
            }
        }
        do {
            let turn = try await console.duringReply(task)
            try StandardStream.write("\n")
            if isInteractive {
                try StandardStream.write((turn.note.map { style.dim($0) + "\n" } ?? "") + "\n")
            }
            if showsStatistics { try StandardStream.write(turn.statistics + "\n", to: StandardStream.error) }
        } catch let error as OutputError {
            throw error
        } catch  where isInteractive {
            try StandardStream.write(ErrorReport.line(for: error) + "\n", to: StandardStream.error)
        }
    }
}
