/// Messages out of text that arrives in pieces: each ends with an empty line or with the input.
package struct MessageReader {
    private var pending: [UInt8] = []
    private var lines: [String] = []

    package init() {}

    /// The messages that `bytes` complete.
    package mutating func consume(_ bytes: some Collection<UInt8>) -> [String] {
        var messages: [String] = []
        for byte in bytes {
            guard byte == UInt8(ascii: "\n") else {
                pending.append(byte)
                continue
            }
            if let message = endLine() { messages.append(message) }
        }
        return messages
    }

    /// The message that the end of the input completes.
    package mutating func finish() -> String? {
        let last = pending.isEmpty ? nil : endLine()
        return last ?? takeMessage()
    }

    private mutating func endLine() -> String? {
        if pending.last == UInt8(ascii: "\r") { pending.removeLast() }
        let line = String(decoding: pending, as: UTF8.self)
        pending = []
        guard line.contains(where: { !$0.isWhitespace }) else { return takeMessage() }
        lines.append(line)
        return nil
    }

    private mutating func takeMessage() -> String? {
        defer { lines = [] }
        return lines.isEmpty ? nil : lines.joined(separator: "\n")
    }
}
