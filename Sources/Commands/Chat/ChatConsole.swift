/// Where messages come from.
protocol ChatConsole {
    /// The next message; `nil` when there is none any more.
    mutating func nextMessage() throws -> String?

    /// Waits for a reply; cancels it when the person presses Ctrl-C meanwhile.
    mutating func duringReply<Result: Sendable>(_ reply: Task<Result, any Error>) async throws -> Result
}
