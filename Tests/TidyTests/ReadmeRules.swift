/// The two languages of the README say the same, and what they say works.
enum ReadmeRules {
    static func sameShape(_ english: SourceText, _ chinese: SourceText) -> [Finding] {
        let left = MarkdownText(english)
        let right = MarkdownText(chinese)
        var findings: [Finding] = []
        if left.headings.map(\.level) != right.headings.map(\.level) {
            let index = zip(left.headings, right.headings).first { $0.level != $1.level }?.1.index
            findings.append(
                chinese.finding(
                    index ?? 0,
                    "\(right.headings.count) headings, expected the \(left.headings.count) of \(english.path)"
                ))
        }
        if left.codeBlocks.count != right.codeBlocks.count {
            findings.append(
                chinese.finding(0, "\(right.codeBlocks.count) code blocks, expected \(left.codeBlocks.count)")
            )
        }
        for (block, translated) in zip(left.codeBlocks, right.codeBlocks)
        where block.lines != translated.lines {
            findings.append(
                chinese.finding(
                    translated.firstLine,
                    "differs from the code block at \(english.path):\(block.firstLine + 1)"))
        }
        return findings
    }

    /// Commands of this program must be in the reference, with the options they are given.
    static func commands(_ file: SourceText, reference: CommandReference) -> [Finding] {
        MarkdownText(file).commands.compactMap { index, text in
            reference.problem(with: text).map { file.finding(index, $0) }
        }
    }
}

/// The commands and options of `docs/cli-reference.md`.
struct CommandReference {
    /// Help texts by command, such as "lmdeploy benchmark machine".
    private let help: [String: String]

    init(_ file: SourceText) {
        let markdown = MarkdownText(file)
        let names = markdown.headings.filter { $0.level == 2 }.map(\.text)
        let texts = markdown.codeBlocks.map { $0.lines.joined(separator: "\n") }
        help = Dictionary(zip(names, texts), uniquingKeysWith: { first, _ in first })
    }

    /// What is wrong with a command line; `nil` when nothing is, or when it does not call this program.
    func problem(with line: String) -> String? {
        line.split(separator: "|").lazy.compactMap { problem(withCommand: $0) }.first
    }

    private func problem(withCommand line: Substring) -> String? {
        // A shell's prompt and assignments of variables may stand before.
        var words = line.split(separator: " ").map(String.init).drop { $0 == "$" || $0.contains("=") }
        guard let program = words.popFirst(), program == "lmdeploy" || program.hasSuffix("/lmdeploy") else {
            return nil
        }
        var command = "lmdeploy"
        while let word = words.first, help[command + " " + word] != nil {
            command += " " + word
            words.removeFirst()
        }
        guard let text = help[command] else { return "docs/cli-reference.md does not describe '\(command)'" }
        if let word = words.first, text.contains("<subcommand>"), !word.hasPrefix("-") {
            return "'\(command)' has no command '\(word)'"
        }
        let known = Set(text.split { !($0.isLetter || $0.isNumber || $0 == "-") })
        let options = words.filter { $0.hasPrefix("--") }.map {
            $0.prefix { $0 != "=" }.replacing("_", with: "-")
        }
        return options.first { !known.contains($0) }.map { "'\(command)' has no option '\($0)'" }
    }
}
