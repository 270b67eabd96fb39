import Commands
import LMDeploy
import Synchronization
import Testing

/// Answers with what it is told to, one word at a time.
///
/// A token is a character.
private final class ScriptedSource: ReplySource {
    struct Failure: Error {}

    let sessionLength: Int
    let reply: [String]
    let fails: Bool
    let finishReason: FinishReason
    /// Goes on until the task is cancelled.
    let isEndless: Bool
    let requests = Mutex<[(prompt: Prompt, config: GenerationConfig)]>([])

    init(
        sessionLength: Int = 1000, reply: [String] = ["Hi", " there"], fails: Bool = false,
        finishReason: FinishReason = .stop, isEndless: Bool = false
    ) {
        self.sessionLength = sessionLength
        self.reply = reply
        self.fails = fails
        self.finishReason = finishReason
        self.isEndless = isEndless
    }

    func tokenCount(of prompt: Prompt) -> Int {
        switch prompt {
        case .messages(let messages): messages.reduce(0) { $0 + $1.content.count }
        case .raw(let text), .text(let text): text.count
        case .tokens(let tokens): tokens.count
        }
    }

    func reply(
        to prompt: Prompt, _ config: GenerationConfig, onPiece: (ReplyPiece) throws -> Void
    ) async throws {
        requests.withLock { $0.append((prompt, config)) }
        for (index, text) in reply.enumerated() {
            let isLast = index == reply.count - 1 && !isEndless
            try onPiece(
                ReplyPiece(text: text, tokenCount: index + 1, finishReason: isLast ? finishReason : nil))
        }
        if fails { throw Failure() }
        while isEndless, !Task.isCancelled { await Task.yield() }
    }

    var lastRequest: (prompt: Prompt, config: GenerationConfig)? { requests.withLock { $0.last } }
}

@Suite struct ChatSessionTests {
    private func session(
        _ source: ScriptedSource, config: GenerationConfig = GenerationConfig(maxNewTokens: 100),
        capability: ChatCapability = .chat
    ) -> ChatSession<ScriptedSource> {
        ChatSession(source: source, config: config, capability: capability)
    }

    @Test func theWholeConversationIsSentEachTurn() async throws {
        let source = ScriptedSource()
        let session = session(source)
        _ = try await session.say("one") { _ in }
        _ = try await session.say("two") { _ in }
        #expect(
            source.lastRequest?.prompt
                == .messages([
                    Message(role: "user", content: "one"), Message(role: "assistant", content: "Hi there"),
                    Message(role: "user", content: "two"),
                ]))
        #expect(await session.messages.count == 4)
    }

    @Test func theReplyIsHandedOnAsItComes() async throws {
        let pieces = Mutex<[String]>([])
        let turn = try await session(ScriptedSource()).say("hello") { text in
            pieces.withLock { $0.append(text) }
        }
        #expect(pieces.withLock { $0 } == ["Hi", " there"])
        #expect(turn.ending == .complete)
        #expect(turn.promptTokens == 5)
        #expect(turn.replyTokens == 2)
        #expect(turn.firstTokens == 1)
        #expect(turn.note == nil)
    }

    @Test func resetForgetsTheConversation() async throws {
        let source = ScriptedSource()
        let session = session(source)
        _ = try await session.say("one") { _ in }
        try await session.reset()
        _ = try await session.say("two") { _ in }
        #expect(source.lastRequest?.prompt == .messages([Message(role: "user", content: "two")]))
    }

    @Test func completionContinuesTheText() async throws {
        let source = ScriptedSource(reply: [" upon", " a time"])
        let session = session(source, capability: .completion)
        _ = try await session.say("Once") { _ in }
        #expect(source.lastRequest?.prompt == .raw("Once"))
        _ = try await session.say(" there") { _ in }
        #expect(source.lastRequest?.prompt == .raw("Once upon a time there"))
    }

    @Test func aReplyIsNoLongerThanTheSessionAllows() async throws {
        let source = ScriptedSource(sessionLength: 20, finishReason: .length)
        let turn = try await session(source).say("0123456789abcde") { _ in }
        #expect(source.lastRequest?.config.maxNewTokens == 5)
        #expect(turn.ending == .sessionFull)
        #expect(turn.note?.contains("`end`") == true)
    }

    @Test func aReplyThatWasCutSaysSo() async throws {
        let source = ScriptedSource(finishReason: .length)
        let turn = try await session(source, config: GenerationConfig(maxNewTokens: 2)).say("hi") { _ in }
        #expect(turn.ending == .lengthLimit)
        #expect(turn.note?.contains("--max-new-tokens") == true)
    }

    @Test func aConversationThatIsTooLongIsRefusedAndCanBeEnded() async throws {
        let source = ScriptedSource(sessionLength: 20)
        let session = session(source)
        _ = try await session.say("0123456789") { _ in }
        let error = await #expect(throws: ToolError.self) {
            _ = try await session.say("more than fits") { _ in }
        }
        #expect(error == .conversationTooLong(tokens: 32, sessionLength: 20))
        #expect(error?.description.contains("type `end`") == true)
        #expect(await session.messages.count == 2)
        try await session.reset()
        _ = try await session.say("short") { _ in }
    }

    @Test func aFirstMessageThatIsTooLongIsThePromptsFault() async {
        let session = session(ScriptedSource(sessionLength: 4))
        await #expect(throws: PipelineError.promptTooLong(promptTokens: 5, sessionLength: 4)) {
            _ = try await session.say("hello") { _ in }
        }
    }

    @Test func aStoppedReplyStaysInTheConversation() async throws {
        let session = session(ScriptedSource(isEndless: true))
        let task = Task { try await session.say("tell me") { _ in } }
        while await session.messages.isEmpty, !task.isCancelled {
            task.cancel()
            await Task.yield()
        }
        let turn = try await task.value
        #expect(turn.ending == .interrupted)
        #expect(turn.note == "(stopped)")
        #expect(await session.messages.last == Message(role: "assistant", content: "Hi there"))
    }

    @Test func aReplyStoppedBeforeItsFirstWordLeavesNoTrace() async throws {
        let session = session(ScriptedSource(reply: [], isEndless: true))
        let task = Task { try await session.say("tell me") { _ in } }
        task.cancel()
        #expect(try await task.value.ending == .interrupted)
        #expect(await session.messages.isEmpty)
    }

    @Test func afterAnErrorTheConversationIsAsBefore() async {
        let session = session(ScriptedSource(fails: true))
        await #expect(throws: ScriptedSource.Failure.self) { _ = try await session.say("one") { _ in } }
        #expect(await session.messages.isEmpty)
    }

    @Test(arguments: [
        ("exit", ChatInput.exit), ("  exit\n", .exit), ("end", .end), ("\nend ", .end),
        ("the end", .message("the end")), ("Exit", .message("Exit")), (" hi ", .message(" hi ")),
    ])
    func commandsAreWholeMessages(text: String, expected: ChatInput) {
        #expect(ChatInput(text) == expected)
    }

    @Test func statisticsAreOneLine() {
        let turn = ChatTurn(
            promptTokens: 35, replyTokens: 101, prefillSeconds: 0.05, decodeSeconds: 2, firstTokens: 1,
            ending: .complete)
        #expect(turn.statistics == "prompt 35 tokens, 700.0 tokens/s; reply 101 tokens, 50.0 tokens/s")
    }
}
