/// Decoration of text for people, only where it is wanted.
package struct TextStyle: Sendable, Equatable {
    package let isEnabled: Bool

    /// Decorates when the output is a terminal that understands it and the user did not say `NO_COLOR`.
    package init(isTerminal: Bool, environment: [String: String]) {
        let noColor = environment["NO_COLOR"] ?? ""
        isEnabled = isTerminal && noColor.isEmpty && Self.understandsSequences(environment)
    }

    /// Whether the terminal moves its cursor on request.
    package static func understandsSequences(_ environment: [String: String]) -> Bool {
        let terminal = environment["TERM"] ?? ""
        return !terminal.isEmpty && terminal != "dumb"
    }

    func bold(_ text: String) -> String { wrap(text, "1") }

    func dim(_ text: String) -> String { wrap(text, "2") }

    private func wrap(_ text: String, _ code: String) -> String {
        isEnabled ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
}
