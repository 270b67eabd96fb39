/// A text file of the repository.
struct SourceText {
    /// Relative to the repository's root.
    let path: String
    let lines: [String]
    /// The lines of a Swift or C file with comments and the text of string literals blanked out.
    let codeLines: [String]

    init(path: String, text: String) {
        self.path = path
        lines = Self.split(text)
        let isCode = [".swift", ".c", ".h"].contains { path.hasSuffix($0) }
        codeLines = isCode ? Self.split(CodeMask.mask(text)) : lines
    }

    var isSwift: Bool { path.hasSuffix(".swift") }
    var isMarkdown: Bool { path.hasSuffix(".md") }

    /// The folder below `Sources` or `Tests` that the file is in.
    var target: String? {
        let parts = path.split(separator: "/")
        guard parts.count > 2, parts[0] == "Sources" || parts[0] == "Tests" else { return nil }
        return String(parts[1])
    }

    func finding(_ index: Int, _ message: String) -> Finding {
        Finding(path: path, line: index + 1, message: message)
    }

    /// The lines of a text; the newline at its end does not start another one.
    private static func split(_ text: String) -> [String] {
        // By bytes: a carriage return and a newline are one character.
        var lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines.map { String(decoding: $0, as: UTF8.self) }
    }
}
