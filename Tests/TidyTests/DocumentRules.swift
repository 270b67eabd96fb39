/// What documents promise must be there.
enum DocumentRules {
    static func oneTitle(_ file: SourceText) -> [Finding] {
        let titles = MarkdownText(file).headings.filter { $0.level == 1 }
        if titles.count == 1 { return [] }
        return [file.finding(titles.last?.index ?? 0, "\(titles.count) headings of level 1, expected one")]
    }

    /// Links to files, and paths between backticks, must lead somewhere.
    static func paths(_ file: SourceText, exists: (String) -> Bool = Repository.exists) -> [Finding] {
        let folder = file.path.split(separator: "/").dropLast().map { $0 + "/" }.joined()
        return MarkdownText(file).prose.flatMap { line in
            let links = MarkdownText.links(in: line.text).filter { !$0.contains(":") && !$0.hasPrefix("#") }
                .map { folder + $0.prefix { $0 != "#" } }
            let spans = MarkdownText.codeSpans(in: line.text).filter(isPath)
            return (links + spans).filter { !exists($0) }.map {
                file.finding(line.index, "there is no '\($0)'")
            }
        }
    }

    /// `make` must know the targets that documents tell people to call.
    static func makeTargets(_ file: SourceText, makefile: SourceText) -> [Finding] {
        let known = Set(makefile.lines.compactMap { line in makeTarget(line) })
        return MarkdownText(file).commands.compactMap { index, text in
            let words = text.split(separator: " ")
            guard words.count > 1, words[0] == "make", words[1].first?.isLetter == true,
                !known.contains(String(words[1]))
            else { return nil }
            return file.finding(index, "the Makefile has no target '\(words[1])'")
        }
    }

    /// Names that the document lists must be exactly those of the sources.
    static func listing(
        _ file: SourceText, of what: String, found: Set<String>, expected: Set<String>
    ) -> [Finding] {
        let missing = expected.subtracting(found).sorted().map { "\(what) '\($0)' is not listed" }
        let stale = found.subtracting(expected).sorted().map { "\(what) '\($0)' does not exist" }
        return (missing + stale).map { file.finding(0, $0) }
    }

    /// Names of architectures between backticks.
    static func listedArchitectures(_ file: SourceText) -> Set<String> {
        Set(file.lines.flatMap(MarkdownText.codeSpans).filter { $0.hasSuffix("ForCausalLM") })
    }

    /// Values of `architectures = ["…"]` in the files of `Sources/Models`.
    static func implementedArchitectures(_ files: [SourceText]) -> Set<String> {
        let lines = files.filter { $0.target == "Models" }.flatMap(\.lines)
        return Set(
            lines.filter { $0.contains("architectures = [") }.flatMap { line in
                line.split(separator: "\"", omittingEmptySubsequences: false).enumerated()
                    .filter { $0.offset % 2 == 1 }.map { String($0.element) }
            })
    }

    /// Names that begin like this project's environment variables.
    static func environmentVariables(_ files: [SourceText]) -> Set<String> {
        let prefix = "LMDEPLOY_"
        return Set(
            files.flatMap(\.lines).flatMap { line in
                line.split { !($0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_")) }
                    .filter { $0.hasPrefix(prefix) && $0.utf8.count > prefix.utf8.count }.map(String.init)
            })
    }

    // MARK: - Internals

    private static func isPath(_ text: String) -> Bool {
        let isBelowRoot = ["Sources/", "Tests/", "tools/", "docs/", ".ci/"].contains { text.hasPrefix($0) }
        return isBelowRoot && !text.contains { " *<>{}…".contains($0) }
    }

    private static func makeTarget(_ line: String) -> String? {
        let name = line.prefix { $0.isLowercase || $0 == "-" }
        guard !name.isEmpty, line.dropFirst(name.count).hasPrefix(":") else { return nil }
        return String(name)
    }
}
