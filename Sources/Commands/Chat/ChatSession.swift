package import LMDeploy

/// What a model is used for.
package enum ChatCapability: String, Sendable {
    /// Messages go through the chat template.
    case chat
    /// The text goes to the model as it is, and the model continues it.
    case completion
}

/// A conversation: what was said so far, and how to say more.
package actor ChatSession<Source: ReplySource> {
    private let source: Source
    private let config: GenerationConfig
    private let capability: ChatCapability
    /// Keeps the conversation over a restart.
    private let archive: ChatArchive?
    /// The conversation, in `chat`.
    package private(set) var messages: [Message] = []
    /// The text so far, in `completion`.
    package private(set) var transcript = ""

    package init(
        source: Source, config: GenerationConfig, capability: ChatCapability = .chat,
        archive: ChatArchive? = nil
    ) {
        self.archive = archive
        messages = archive?.messages ?? []
        self.source = source
        self.config = config
        self.capability = capability
    }

    /// Forgets the conversation.
    package func reset() throws {
        messages = []
        transcript = ""
        try archive?.forget()
    }

    /// Says `text` and hands on the reply as it comes.
    ///
    /// When the current task is cancelled, the reply ends and what was said of it stays in the conversation. After an
    /// error the conversation is as it was before.
    package func say(_ text: String, onText: @Sendable (String) throws -> Void) async throws -> ChatTurn {
        let prompt = prompt(adding: text)
        let promptTokens = try source.tokenCount(of: prompt)
        let room = source.sessionLength - promptTokens
        guard room > 0 else { throw tooLong(promptTokens) }
        var config = config
        config.maxNewTokens = min(config.maxNewTokens, room)
        config.minNewTokens = min(config.minNewTokens, config.maxNewTokens)

        var reply = ""
        var progress = ReplyProgress()
        try await source.reply(to: prompt, config) { piece in
            progress.note(piece)
            reply += piece.text
            try onText(piece.text)
        }
        progress.end()
        try remember(text, reply: reply)
        let ending = progress.ending(
            wasCancelled: Task.isCancelled, filledSession: config.maxNewTokens == room)
        return ChatTurn(
            promptTokens: promptTokens, replyTokens: progress.tokenCount,
            prefillSeconds: progress.prefillSeconds,
            decodeSeconds: progress.decodeSeconds, firstTokens: progress.firstTokens, ending: ending)
    }

    private func prompt(adding text: String) -> Prompt {
        switch capability {
        case .chat: .messages(messages + [Message(role: "user", content: text)])
        case .completion: .raw(transcript + text)
        }
    }

    private func remember(_ text: String, reply: String) throws {
        // A reply that was stopped before its first word was never given: the message can be said again.
        guard !(reply.isEmpty && Task.isCancelled) else { return }
        messages += [Message(role: "user", content: text), Message(role: "assistant", content: reply)]
        transcript += text + reply
        try archive?.keep(messages)
    }

    private func tooLong(_ promptTokens: Int) -> any Error {
        messages.isEmpty
            ? PipelineError.promptTooLong(promptTokens: promptTokens, sessionLength: source.sessionLength)
            : ToolError.conversationTooLong(tokens: promptTokens, sessionLength: source.sessionLength)
    }
}
