/// Messages from a pipe or a file, or from a terminal without line editing.
struct StreamConsole: ChatConsole {
    /// When a person types, their terminal and what it shows before each message.
    private let terminal: (device: TerminalDevice, prompt: String)?
    private var reader = MessageReader()
    private var waiting: [String] = []
    private var hasEnded = false

    init(terminal: (device: TerminalDevice, prompt: String)?) {
        self.terminal = terminal
    }

    mutating func nextMessage() throws -> String? {
        if waiting.isEmpty, let terminal {
            try StandardStream.write(terminal.prompt, to: StandardStream.error)
        }
        while waiting.isEmpty {
            if hasEnded { return nil }
            let bytes = StandardStream.read()
            if bytes.isEmpty {
                hasEnded = true
                waiting = reader.finish().map { [$0] } ?? []
            } else {
                waiting = reader.consume(bytes)
            }
        }
        return waiting.removeFirst()
    }

    mutating func duringReply<Result: Sendable>(_ reply: Task<Result, any Error>) async throws -> Result {
        guard let device = terminal?.device else { return try await reply.value }
        device.set(.keys)
        defer { device.set(.original) }
        let (result, typed) = await KeyWatch.run(
            descriptor: device.descriptor, interrupt: { reply.cancel() }, { await reply.result })
        waiting += reader.consume(typed.map { $0 == UInt8(ascii: "\r") ? UInt8(ascii: "\n") : $0 })
        return try result.get()
    }
}
