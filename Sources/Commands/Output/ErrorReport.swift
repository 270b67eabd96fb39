/// Errors as people see them.
package enum ErrorReport {
    /// One line, whatever the error's text holds.
    package static func line(for error: any Error) -> String {
        line(message: "\(error)")
    }

    package static func line(message: String) -> String {
        let parts = message.split { $0.isNewline }.map { String($0.trimmed) }
        return "lmdeploy: error: " + parts.filter { !$0.isEmpty }.joined(separator: " ").printable()
    }
}
