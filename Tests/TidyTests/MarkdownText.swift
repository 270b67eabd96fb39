/// What the rules want to know about a Markdown file.
struct MarkdownText {
    struct Block: Equatable {
        var language: String
        /// Of its first line of code, counted from 0.
        var firstLine: Int
        var lines: [String]
    }

    let headings: [(index: Int, level: Int, text: String)]
    let codeBlocks: [Block]
    /// Lines outside of code blocks.
    let prose: [(index: Int, text: String)]

    init(_ file: SourceText) {
        var headings: [(index: Int, level: Int, text: String)] = []
        var blocks: [Block] = []
        var prose: [(index: Int, text: String)] = []
        var open: Block?
        for (index, line) in file.lines.enumerated() {
            if line.drop(while: { $0 == " " }).hasPrefix("```") {
                if let block = open { blocks.append(block) }
                let language = String(line.drop { $0 == " " || $0 == "`" })
                open = open == nil ? Block(language: language, firstLine: index + 1, lines: []) : nil
            } else if open != nil {
                open?.lines.append(line)
            } else {
                prose.append((index, line))
                let level = line.prefix { $0 == "#" }.count
                guard level > 0, line.dropFirst(level).hasPrefix(" ") else { continue }
                headings.append((index, level, String(line.dropFirst(level + 1))))
            }
        }
        self.headings = headings
        codeBlocks = blocks
        self.prose = prose
    }

    /// The texts between backticks.
    static func codeSpans(in line: String) -> [String] {
        let parts = line.split(separator: "`", omittingEmptySubsequences: false)
        guard parts.count >= 3 else { return [] }
        return stride(from: 1, to: parts.count - 1, by: 2).map { String(parts[$0]) }.filter { !$0.isEmpty }
    }

    /// The targets of "[text](target)".
    static func links(in line: String) -> [String] {
        line.split(separator: "](", omittingEmptySubsequences: false).dropFirst().compactMap { part in
            part.firstIndex(of: ")").map { String(part[..<$0]) }
        }
    }

    /// What may be a command: code spans, lines of shell blocks, and lines after a prompt in others.
    var commands: [(index: Int, text: String)] {
        let spans = prose.flatMap { line in Self.codeSpans(in: line.text).map { (line.index, $0) } }
        let lines = codeBlocks.flatMap { block in
            block.lines.enumerated().filter { block.language == "bash" || $0.element.hasPrefix("$ ") }
                .map { (block.firstLine + $0.offset, $0.element) }
        }
        return spans + lines
    }
}
