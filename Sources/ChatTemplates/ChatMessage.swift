/// One message of a conversation.
package struct ChatMessage: Sendable, Equatable {
    /// "system", "user", "assistant" or "tool"; templates may know others.
    package var role: String
    package var content: String

    package init(role: String, content: String) {
        self.role = role
        self.content = content
    }
}
