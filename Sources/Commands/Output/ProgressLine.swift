internal import Synchronization

/// A line on standard error that is rewritten in place on a terminal, and not shown elsewhere.
final class ProgressLine: Sendable {
    private let isEnabled: Bool
    private let shown = Mutex("")

    init(environment: [String: String]) {
        isEnabled =
            StandardStream.isTerminal(StandardStream.error) && TextStyle.understandsSequences(environment)
    }

    /// Shows `text` in place of what was shown before.
    func show(_ text: String) {
        guard isEnabled else { return }
        shown.withLock { shown in
            guard text != shown else { return }
            shown = text
            // A longer line would wrap, and only its last row could be rewritten.
            let columns = TerminalDevice.size(descriptor: StandardStream.error).columns
            let line = "\r\u{1B}[K" + text.prefix(max(0, columns - 1))
            // A progress display that cannot be written is not worth stopping for.
            try? StandardStream.write(line, to: StandardStream.error)
        }
    }

    /// Removes the line.
    func clear() { show("") }
}
