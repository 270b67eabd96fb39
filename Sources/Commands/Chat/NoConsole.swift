/// No conversation: the one message is on the command line.
struct NoConsole: ChatConsole {
    func nextMessage() -> String? { nil }

    func duringReply<Result: Sendable>(_ reply: Task<Result, any Error>) async throws -> Result {
        try await reply.value
    }
}
