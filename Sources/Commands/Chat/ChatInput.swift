/// What a person's message asks for.
package enum ChatInput: Sendable, Equatable {
    /// `exit`
    case exit
    /// `end`: forget the conversation.
    case end
    case message(String)

    package init(_ text: String) {
        switch text.trimmed {
        case "exit": self = .exit
        case "end": self = .end
        default: self = .message(text)
        }
    }
}
