/// Why a conversation could not become a prompt.
package enum ChatTemplateError: Error, Equatable, Sendable, CustomStringConvertible {
    /// There is no built-in template of this name.
    case unknownName(String, known: [String])
    /// A template has no place for a role.
    case unsupportedRole(String, template: String, supported: [String])
    /// A template has no place for a system text.
    case unsupportedMetaInstruction(template: String)
    /// An infilling prompt does not mark the place to fill exactly once.
    case infillMarkerCount(Int)
    /// A custom template's JSON does not have the expected form.
    case invalidCustomTemplate(String)
    /// A document of messages, tools or arguments is not JSON.
    case invalidJSON(String)
    /// Messages or tools are not what the chat protocol allows.
    case invalidConversation(String)
    /// A message has a part that is not text.
    case unsupportedContent(type: String, role: String)
    /// A built-in template has no place for descriptions or calls of tools.
    case unsupportedTools(template: String, supported: [String])
    /// The model has no template of this name of its own.
    case unknownModelTemplate(String, known: [String])
    /// The model's Jinja template does not parse, or fails on this conversation.
    case jinja(JinjaError)
    /// The model's template drops or rewrites the last reply, so that it cannot be continued.
    case replyNotContinuable(template: String)

    package var description: String {
        switch self {
        case .unknownName(let name, let known):
            "no chat template named '\(name)'; the built-in ones are \(known.joined(separator: ", "))"
        case .unsupportedRole(let role, let template, let supported):
            "chat template '\(template)' has no role '\(role)'; it knows \(supported.joined(separator: ", "))"
        case .unsupportedMetaInstruction(let template):
            "chat template '\(template)' has no place for a system text; leave the meta instruction out"
        case .infillMarkerCount(let count):
            "an infilling prompt needs '<FILL>' exactly once, found \(count) times"
        case .invalidCustomTemplate(let problem):
            "the custom chat template is not valid: \(problem)"
        case .invalidJSON(let problem), .invalidConversation(let problem):
            problem
        case .unsupportedContent(let type, let role):
            "a message with role '\(role)' has a part of type '\(type)'; models are served for text only, so send"
                + " parts of type 'text'"
        case .unsupportedTools(let template, let supported):
            "chat template '\(template)' has no place for tools; those that have are "
                + supported.joined(separator: ", ") + " and models with a template of their own for it"
        case .unknownModelTemplate(let name, let known):
            "the model has no chat template named '\(name)'; it has \(known.joined(separator: ", "))"
        case .jinja(let error):
            error.description
        case .replyNotContinuable(let template):
            "chat template '\(template)' does not keep the last assistant message as it is, so it cannot be"
                + " continued; end the conversation with a user message"
        }
    }
}
