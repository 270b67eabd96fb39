/// Why a command ended.
///
/// `description` is one line that says what was found, what was expected and what to do.
package enum ToolError: Error, Sendable, Equatable, CustomStringConvertible {
    /// An option has a value that is wrong or that this version does not support.
    case option(name: String, found: String, expected: String)
    /// Two arguments contradict each other.
    case conflict(String)
    /// A name that `pull` does not know.
    case unknownModel(name: String, known: String)
    /// The conversation has no room for another reply.
    case conversationTooLong(tokens: Int, sessionLength: Int)
    /// A file could not be read.
    case cannotRead(path: String, reason: String)
    /// A file could not be written.
    case cannotWrite(path: String, reason: String)
    /// A server could not run.
    case server(address: String, reason: String)
    /// A server did not answer as it should have.
    case remote(String)
    /// A measurement could not be made, or shows that a promise is broken.
    case measurement(String)

    package var description: String {
        switch self {
        case .option(let name, let found, let expected):
            return "\(name) is \(found), expected \(expected)"
        case .conflict(let message), .measurement(let message), .remote(let message):
            return message
        case .unknownModel(let name, let known):
            return
                "no model named '\(name)' can be fetched: expected ORG/NAME, as in Qwen/Qwen2.5-0.5B-Instruct, or "
                + known
        case .conversationTooLong(let tokens, let sessionLength):
            return
                "the conversation has \(tokens) tokens and the session holds \(sessionLength): type `end` to "
                + "start a new one"
        case .cannotRead(let path, let reason):
            return "cannot read \(path): \(reason)"
        case .server(let address, let reason):
            return "cannot serve at \(address): \(reason)"
        case .cannotWrite(let path, let reason):
            return "cannot write \(path): \(reason)"
        }
    }
}
