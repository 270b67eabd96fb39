/// How long things may be.
enum SizeRules {
    static let longestLine = 120
    static let longestFunction = 70
    /// A file that is longer than this needs a reason in `longFiles`.
    static let longFile = 400
    static let longestFile = 700
    /// Files above `longFile`, each with why it is not split.
    static let longFiles: [String: String] = [
        "tools/conformance/template_grammar.py": "a third is the table of what a grammar chooses from",
        "tools/goldens/tokenizer_pipelines.py": "a list of small pipelines, one of each kind",
    ]

    /// Tables that a script writes, which nobody reads from top to bottom.
    private static func isGenerated(_ file: SourceText) -> Bool {
        file.lines.prefix(2).contains { $0.hasPrefix("// Written by tools/") }
    }

    static func lineLengths(_ file: SourceText) -> [Finding] {
        file.lines.enumerated().compactMap { index, line in
            guard line.utf8.count > longestLine, line.count > longestLine else { return nil }
            return file.finding(index, "\(line.count) characters, expected at most \(longestLine)")
        }
    }

    static func fileLength(_ file: SourceText, reasons: [String: String] = longFiles) -> [Finding] {
        let count = file.lines.count
        if isGenerated(file) { return [] }
        let limit = reasons[file.path] == nil ? longFile : longestFile
        if count > limit {
            return [file.finding(limit, "\(count) lines, expected at most \(limit): split the file")]
        }
        guard count <= longFile, reasons[file.path] != nil else { return [] }
        return [file.finding(0, "\(count) lines: no reason for a long file is needed any more")]
    }

    static func functionLengths(_ file: SourceText) -> [Finding] {
        FunctionScanner.functions(in: file.codeLines.joined(separator: "\n")).compactMap { function in
            guard function.lineCount > longestFunction else { return nil }
            let message = "\(function.lineCount) lines in one function, expected at most \(longestFunction)"
            return file.finding(function.firstLine, message)
        }
    }
}
