internal import TurboMind

// Conversations that the engine remembers.
extension Pipeline {
    /// A conversation. The same number gives the same conversation until it is closed.
    /// - Parameters:
    ///   - id: `nil` takes a number that is not in use.
    ///   - system: what the system says first, in a new conversation.
    public func session(id: UInt64? = nil, system: String? = nil) -> Session {
        sessions.session(id: id) { number in
            Session(id: number, messages: system.map { [Message(role: "system", content: $0)] } ?? [])
        }
    }

    /// Replies to a message in a conversation; both become part of it.
    ///
    /// What was said before is not computed again as long as the KV cache holds it. A reply that is cancelled before
    /// its first word leaves the conversation as it was. With ``TurbomindEngineConfig/sessionStore``, a reply that
    /// could not be kept ends in an error; the session has it all the same.
    public func chat(
        _ text: String, session: Session, _ config: GenerationConfig = .init()
    ) async throws(PipelineError) -> Response {
        let stream = try streamChat(text, session: session, config)
        var whole: Response?
        do {
            for try await piece in stream { whole = whole.map { $0.appending(piece) } ?? piece }
        } catch let error as PipelineError {
            throw error
        } catch {
            throw .engine("\(error)")
        }
        guard let whole else { throw .engine("the reply was cancelled") }
        session.withState { $0.lastResponse = whole }
        return whole
    }

    /// Pieces of a reply in a conversation, as they are generated. Cancelling the task that reads them ends the
    /// reply.
    public func streamChat(
        _ text: String, session: Session, _ config: GenerationConfig = .init()
    ) throws(PipelineError) -> AsyncThrowingStream<Response, any Error> {
        try streamChat([Message(role: "user", content: text)], session: session, config)
    }

    /// The same, for several messages at once.
    package func streamChat(
        _ said: [Message], session: Session, _ config: GenerationConfig
    ) throws(PipelineError) -> AsyncThrowingStream<Response, any Error> {
        let tokens = try tokens(of: .messages(session.messages + said))
        let isOpen = session.withState { $0.isOpen }
        let use = SessionUse(SessionID(session.id), begins: !isOpen, prompt: .wholeConversation)
        return try stream(tokens: tokens, config, index: 0, session: use) { [sessions] reply, reason in
            let isSaid = !(reply.isEmpty && reason == .abort)
            session.withState { state in
                state.isOpen = true
                if isSaid { state.messages += said + [Message(role: "assistant", content: reply)] }
            }
            if isSaid { try sessions.save(session) }
        }
    }

    /// The conversation that has a number already.
    package func knownSession(id: UInt64) -> Session? { sessions.known(id) }

    /// Forgets a conversation and lets its part of the KV cache go.
    public func close(_ session: Session) async throws(PipelineError) {
        if session.withState({ $0.isOpen }) {
            do {
                try await engine.endSession(SessionID(session.id))
            } catch {
                throw PipelineError(error)
            }
        }
        session.withState { $0 = Session.State(messages: [], isOpen: false) }
        try sessions.remove(session.id)
    }
}
