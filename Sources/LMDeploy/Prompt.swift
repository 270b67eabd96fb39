/// One message of a conversation.
public struct Message: Sendable, Equatable {
    /// `system`, `user` or `assistant`.
    public var role: String
    /// The message's text.
    public var content: String

    /// Creates a message.
    public init(role: String, content: String) {
        self.role = role
        self.content = content
    }
}

/// What a reply is asked for.
public enum Prompt: Sendable, Equatable, ExpressibleByStringLiteral {
    /// A user's message: the chat template is applied.
    case text(String)
    /// A conversation: the chat template is applied.
    case messages([Message])
    /// Text that goes to the model as it is (`do_preprocess=False`).
    case raw(String)
    /// Token ids that go to the model as they are.
    case tokens([Int32])

    /// A user's message.
    public init(stringLiteral value: String) { self = .text(value) }
}
