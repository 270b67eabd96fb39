#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// The chat history on disk: one entry per line, readable by its owner alone.
///
/// Best effort: a history that cannot be read or written is no reason to stop a conversation.
package struct HistoryFile: Sendable {
    package let path: String

    /// Only the end of a longer file is read.
    private static let maximumBytes = 4 << 20

    package init(path: String) {
        self.path = path
    }

    /// The newest entries, oldest first.
    ///
    /// Cuts a file that has grown to twice the capacity.
    package func load() -> [String] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        let size = lseek(descriptor, 0, SEEK_END)
        lseek(descriptor, max(0, size - off_t(Self.maximumBytes)), SEEK_SET)
        var bytes: [UInt8] = []
        while bytes.count < Self.maximumBytes {
            let chunk = StandardStream.read(descriptor, atMost: 1 << 16)
            guard !chunk.isEmpty else { break }
            bytes += chunk
        }
        var lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        if size > off_t(Self.maximumBytes) { lines = Array(lines.dropFirst()) }
        let entries = lines.suffix(InputHistory.capacity).map(Self.decode)
        if lines.count >= 2 * InputHistory.capacity || size > off_t(Self.maximumBytes) { rewrite(entries) }
        return entries
    }

    /// Adds an entry at the end.
    package func append(_ entry: String) {
        write(Self.encode(entry) + "\n", flags: O_APPEND)
    }

    /// One line for an entry of several.
    package static func encode(_ entry: String) -> String {
        var line = ""
        for scalar in entry.unicodeScalars {
            switch scalar {
            case "\\": line += "\\\\"
            case "\n": line += "\\n"
            default: line.unicodeScalars.append(scalar)
            }
        }
        return line
    }

    /// The entry that `line` holds, safe to show on a terminal.
    package static func decode(_ line: some StringProtocol) -> String {
        var entry = ""
        var escaped = false
        for scalar in line.unicodeScalars {
            if escaped {
                entry.unicodeScalars.append(scalar == "n" ? "\n" : scalar)
                escaped = false
            } else if scalar == "\\" {
                escaped = true
            } else {
                entry.unicodeScalars.append(scalar)
            }
        }
        return entry.printable()
    }

    private func rewrite(_ entries: [String]) {
        write(entries.map { Self.encode($0) + "\n" }.joined(), flags: O_TRUNC)
    }

    private func write(_ text: String, flags: Int32) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK | flags, 0o600)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        try? StandardStream.write(text, to: descriptor)
    }
}
