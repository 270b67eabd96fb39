// Conversations that are remembered between requests.
extension Scheduler {
    /// Queues a request that goes on with a session.
    mutating func add(_ id: RequestID, _ request: GenerationRequest, to use: SessionUse) -> EngineError? {
        var session = sessions[use.id] ?? Session()
        if session.active != nil { return .busySession(use.id) }
        if sessions[use.id] == nil {
            guard use.begins else { return .unknownSession(use.id) }
            if sessions.count >= limits.maxSessions { return .tooManySessions(limit: limits.maxSessions) }
        }
        let history: Int
        var request = request
        switch use.prompt {
        case _ where use.begins:
            history = 0
        case .following(let step):
            history = step ?? session.tokens.count
            if history < 0 || history > session.tokens.count {
                return .stepOutOfRange(step: history, use.id, tokens: session.tokens.count)
            }
        case .wholeConversation:
            history = zip(session.tokens, request.prompt).prefix { $0 == $1 }.count
            request.prompt.removeFirst(history)
        }
        if let error = Self.reject(
            request, limits: limits, blocks: blocks.capacity, historyTokens: history)
        {
            return error
        }
        cut(&session, to: history)
        session.active = id
        waiting.append(
            Sequence(
                id: id, request: request, history: session.tokens, kept: session.kept,
                tokenLimit: Self.tokenLimit(of: request, historyTokens: history, limits: limits)))
        // The sequence has both now, and gives them back when it ends.
        session.tokens = []
        session.kept = KeptBlocks()
        sessions[use.id] = session
        return nil
    }

    /// Forgets a session.
    /// - Returns: why it cannot be forgotten now.
    package mutating func endSession(_ id: SessionID) -> EngineError? {
        guard let session = sessions[id] else { return .unknownSession(id) }
        if session.active != nil { return .busySession(id) }
        forget(session.kept.references)
        sessions[id] = nil
        return nil
    }

    /// Remembers a conversation that took place before the engine started.
    package mutating func restoreSession(_ id: SessionID, tokens: [Int32]) -> EngineError? {
        if sessions[id]?.active != nil { return .busySession(id) }
        if sessions[id] == nil && sessions.count >= limits.maxSessions {
            return .tooManySessions(limit: limits.maxSessions)
        }
        if tokens.count > limits.sessionLength {
            return .promptTooLong(
                promptTokens: 0, historyTokens: tokens.count, sessionLength: limits.sessionLength)
        }
        forget(sessions[id]?.kept.references ?? [])
        sessions[id] = Session(tokens: tokens)
        return nil
    }

    /// Tokens of a session that is not replying.
    package func sessionTokens(_ id: SessionID) -> [Int32]? {
        guard let session = sessions[id], session.active == nil else { return nil }
        return session.tokens
    }

    /// Gives a session what its request has added, or forgets it.
    mutating func settle(_ use: SessionUse, _ session: Session) {
        if use.ends {
            forget(session.kept.references)
            sessions[use.id] = nil
        } else {
            sessions[use.id] = session
        }
    }

    /// Rolls a session back to its first `count` tokens.
    mutating func cut(_ session: inout Session, to count: Int) {
        session.tokens.removeLast(session.tokens.count - count)
        guard session.kept.tokens > count else { return }
        let needed = blocks.blocks(forTokens: count)
        forget(Array(session.kept.references.dropFirst(needed)))
        session.kept.references.removeLast(max(session.kept.references.count - needed, 0))
        session.kept.tokens = count
    }

    private mutating func forget(_ references: [BlockReference]) {
        for reference in references.reversed() { blocks.forget(reference) }
    }
}
