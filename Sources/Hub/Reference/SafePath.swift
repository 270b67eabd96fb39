/// Relative paths from a server or a person that become paths in a folder of ours.
enum SafePath {
    private static let longestPath = 1024
    private static let longestPart = 255

    /// Whether `path` stays inside a folder it is appended to, on every file system.
    static func isSafe(_ path: String) -> Bool {
        guard (1...longestPath).contains(path.utf8.count),
            path.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F && $0 != "\\" })
        else { return false }
        return path.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { part in
            !part.isEmpty && part != "." && part != ".." && part.utf8.count <= longestPart
        }
    }
}

extension String {
    /// The text between quotes, on one line and not too long, for messages.
    var quotedForMessage: String {
        "'" + printable(limit: 200) + "'"
    }

    /// Without control characters, and cut to a length.
    func printable(limit: Int) -> String {
        let scalars = unicodeScalars.lazy.filter { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) }
        var text = ""
        for (index, scalar) in scalars.enumerated() {
            guard index < limit else { return text + "…" }
            text.unicodeScalars.append(scalar)
        }
        return text
    }
}
