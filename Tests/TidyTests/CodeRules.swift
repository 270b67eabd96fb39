/// What code must not say.
enum CodeRules {
    /// Calls and operators that end the program on bad input, or write where nobody asked.
    private static let forbiddenCode = ["fatalError(", "try!", "as!"]
    private static let forbiddenWords = ["TODO", "FIXME", "XXX"]
    private static let printingTargets: Set<String> = [
        "Commands", "LMDeployExecutable", "LoadProbe", "Simulator",
    ]

    static func forbiddenCode(_ file: SourceText) -> [Finding] {
        var forbidden = forbiddenCode
        if !printingTargets.contains(file.target ?? "") { forbidden.append("print(") }
        return file.codeLines.enumerated().flatMap { index, line in
            forbidden.filter(line.containsCall).map { file.finding(index, "'\($0)' in Sources") }
        }
    }

    static func unfinishedWork(_ file: SourceText) -> [Finding] {
        file.lines.enumerated().flatMap { index, line in
            forbiddenWords.filter(line.containsWord)
                .map { file.finding(index, "'\($0)': finish it, or leave it out") }
        }
    }

    /// What the compiler is told to trust needs a reason: up to three lines before, or up to four after.
    static func safetyComments(_ file: SourceText) -> [Finding] {
        file.codeLines.enumerated().compactMap { index, line in
            guard line.contains("@unchecked Sendable") || line.contains("nonisolated(unsafe)") else {
                return nil
            }
            let near = max(0, index - 3)...min(file.lines.count - 1, index + 4)
            guard !file.lines[near].contains(where: { $0.contains("// SAFETY:") }) else { return nil }
            return file.finding(index, "needs a '// SAFETY:' line that says why this is right")
        }
    }

    static func whitespace(_ file: SourceText) -> [Finding] {
        file.lines.enumerated().flatMap { index, line in
            var findings: [Finding] = []
            if line.utf8.contains(UInt8(ascii: "\t")) { findings.append(file.finding(index, "a tab")) }
            if line.utf8.last == UInt8(ascii: " ") {
                findings.append(file.finding(index, "space at the line's end"))
            }
            if line.utf8.last == UInt8(ascii: "\r") {
                findings.append(file.finding(index, "a carriage return"))
            }
            return findings
        }
    }

    /// Paths of the machine that something was written on.
    static func machinePaths(_ file: SourceText) -> [Finding] {
        // Put together here, so that this file does not hold them itself.
        let folders = ["home", "root", "Users", "work", "workspace"].map { "/" + $0 + "/" }
        return file.lines.enumerated().flatMap { index, line in
            folders.filter(line.containsPath).map { file.finding(index, "a path of one machine: '\($0)'") }
        }
    }
}

extension String {
    /// Whether `text` occurs with no identifier character or dot before it.
    fileprivate func containsCall(_ text: String) -> Bool {
        ranges(of: text).contains { range in
            guard let before = self[..<range.lowerBound].last else { return true }
            return !before.isIdentifierCharacter && before != "."
        }
    }

    /// Whether `text` occurs with no identifier character before or behind it.
    fileprivate func containsWord(_ text: String) -> Bool {
        ranges(of: text).contains { range in
            let neighbours = [self[..<range.lowerBound].last, self[range.upperBound...].first]
            return neighbours.allSatisfy { $0?.isIdentifierCharacter != true }
        }
    }

    /// Whether an absolute path begins with `folder`: not behind another folder's name, a host or a variable.
    fileprivate func containsPath(_ folder: String) -> Bool {
        ranges(of: folder).contains { range in
            guard let before = self[..<range.lowerBound].last else { return true }
            return !before.isIdentifierCharacter && !"~.-/})$".contains(before)
        }
    }
}

extension Character {
    fileprivate var isIdentifierCharacter: Bool { isLetter || isNumber || self == "_" }
}
