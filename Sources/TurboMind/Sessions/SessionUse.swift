/// Identifies a conversation that the engine remembers. The caller chooses the number.
package struct SessionID: Hashable, Sendable, CustomStringConvertible {
    package let value: UInt64

    package init(_ value: UInt64) { self.value = value }

    package var description: String { "session \(value)" }
}

/// How a request goes on with a session.
package struct SessionUse: Sendable, Equatable {
    /// What the prompt's tokens are.
    package enum Prompt: Sendable, Equatable {
        /// They follow the session's first `step` tokens; what came after those is forgotten. `nil` follows all.
        case following(step: Int?)
        /// The whole conversation: what it has in common with the session, from the start on, is kept.
        case wholeConversation
    }

    package var id: SessionID
    /// Starts the session anew.
    package var begins: Bool
    /// Forgets the session after the reply.
    package var ends: Bool
    package var prompt: Prompt

    package init(
        _ id: SessionID, begins: Bool = false, ends: Bool = false, prompt: Prompt = .following(step: nil)
    ) {
        self.id = id
        self.begins = begins
        self.ends = ends
        self.prompt = prompt
    }
}
