import Testing

/// Every rule finds what it is there to find, at the right line, and leaves good text alone.
@Suite struct RuleTests {
    private func swift(_ text: String, target: String = "Tensors") -> SourceText {
        SourceText(path: "Sources/\(target)/Example.swift", text: text)
    }

    private func markdown(_ text: String, path: String = "docs/example.md") -> SourceText {
        SourceText(path: path, text: text)
    }

    @Test func masksCommentsAndStringsButNotInterpolatedCode() {
        let text = #"a("b\(c("d"))e", '"') // f"# + "\n/* g /* h */ i */ j \"\"\"\nk\"\n\"\"\" l"
        let code = CodeMask.mask(text)
        #expect(code.utf8.count == text.utf8.count)
        #expect(code.filter { !$0.isWhitespace } == "a(c(),)jl")
        #expect(CodeMask.mask(##"#"a" \(b) \#(c) "# d"##).filter { !$0.isWhitespace } == "cd")
    }

    @Test(
        arguments: [
            ("import A", "A"), ("internal import A", "A"), ("    package import struct A.B", "A"),
            ("@preconcurrency public import A", "A"), ("let important = 1", nil), ("// import A", nil),
        ] as [(String, String?)])
    func readsImports(_ line: String, _ module: String?) {
        #expect(ImportRules.importedModule(swift(line).codeLines[0]) == module)
    }

    @Test func findsImportsAgainstTheDependencyPicture() {
        let table = """
            | target | may import | what it is |
            |---|---|---|
            | `Tensors` | `CKernels` | storage |
            | `Checkpoints` | `Tensors`, `Foundation` | files |
            """
        let rules = ImportRules(architecture: markdown(table, path: "ARCHITECTURE.md"))
        let good = "internal import CKernels\ninternal import Glibc\n"
        #expect(rules.findings(swift(good)).isEmpty)
        #expect(rules.findings(swift("internal import FoundationEssentials\n")).map(\.line) == [1])
        #expect(rules.findings(swift(good, target: "Checkpoints")).map(\.line) == [1])
        #expect(
            rules.findings(swift("\ninternal import FoundationEssentials", target: "Checkpoints")).isEmpty)
        #expect(rules.findings(swift("internal import Tensors", target: "Elsewhere")).map(\.line) == [1])
        let test = SourceText(
            path: "Tests/TensorsTests/A.swift",
            text: "import Testing\n@testable import Tensors\nimport CKernels\nimport XCTest")
        #expect(rules.findings(test).map(\.line) == [2, 3, 4])
        let commandTest = SourceText(
            path: "Tests/CheckpointsTests/A.swift", text: "import Crypto\nimport Tensors")
        #expect(rules.findings(commandTest).map(\.line) == [1])
        let kernelTest = SourceText(
            path: "Tests/CKernelsTests/A.swift", text: "import CKernels\nimport Tensors")
        #expect(rules.findings(kernelTest).isEmpty)
    }

    @Test func findsTablesThatBreakTheirPromises() {
        func problems(_ rows: String...) -> [String] {
            let text = "| target | may import | |\n|---|---|---|\n" + rows.map { "| \($0) | |\n" }.joined()
            return ImportRules(architecture: markdown(text)).problems
        }
        #expect(problems("`CKernels` | ", "`Tensors` | `CKernels`", "`A` | `Tensors`, `Foundation`") == [])
        #expect(problems("`Layers` | `Foundation`") == ["Layers must do without Foundation"])
        #expect(problems("`A` | `Crypto`, `CKernels`") == ["CKernels is not for A", "Crypto is not for A"])
        let circle = problems("`A` | `B`", "`B` | `C`, `Glibc`", "`C` | `A`", "`D` | ")
        #expect(circle == [#"a circle of imports: ["A", "B", "C"]"#])
    }

    @Test func findsLongLines() {
        let limit = SizeRules.longestLine
        let text = String(repeating: "é", count: limit) + "\n" + String(repeating: "é", count: limit + 1)
        #expect(SizeRules.lineLengths(swift(text)).map(\.line) == [2])
    }

    @Test func findsLongFilesAndReasonsThatAreNotNeeded() {
        let path = swift("").path
        func findings(_ lines: Int, _ reasons: [String: String]) -> Int {
            SizeRules.fileLength(swift(String(repeating: "a\n", count: lines)), reasons: reasons).count
        }
        #expect(findings(SizeRules.longFile, [:]) == 0)
        #expect(findings(SizeRules.longFile + 1, [:]) == 1)
        #expect(findings(SizeRules.longFile + 1, [path: "a table"]) == 0)
        #expect(findings(SizeRules.longFile, [path: "a table"]) == 1)
        #expect(findings(SizeRules.longestFile + 1, [path: "a table"]) == 1)
    }

    @Test(arguments: [
        "func f<T>(a: [T] = []) -> T where T: B", "init?(a: () -> Void)", "static func == (a: A)",
    ])
    func findsLongFunctions(_ declaration: String) {
        func text(lines: Int) -> String {
            "protocol P {\n    func g()\n    init()\n}\n" + declaration + " {\n"
                + String(repeating: "    if a { self.init(b: \"{\") }\n", count: lines - 2) + "}\n"
        }
        #expect(SizeRules.functionLengths(swift(text(lines: SizeRules.longestFunction))).isEmpty)
        #expect(
            SizeRules.functionLengths(swift(text(lines: SizeRules.longestFunction + 1))).map(\.line) == [5])
    }

    @Test(arguments: ["fatalError(\"a\")", "let a = try! b()", "let a = b as! C", "print(a)", "(print(a))"])
    func findsCodeThatTrapsOrPrints(_ line: String) {
        #expect(CodeRules.forbiddenCode(swift("let a = 1\n" + line)).map(\.line) == [2])
    }

    @Test(arguments: [
        "// try! it", "\"fatalError(\"", "a.print(b)", "blueprint(a)", "let a = try? b() as? C",
    ])
    func leavesOtherCodeAlone(_ line: String) {
        #expect(CodeRules.forbiddenCode(swift(line)).isEmpty)
    }

    @Test func letsCommandsPrint() {
        #expect(CodeRules.forbiddenCode(swift("print(a)", target: "Commands")).isEmpty)
    }

    @Test func findsUnfinishedWork() {
        // In pieces, so that a search for them does not stop here.
        let words = ["TO" + "DO", "FIX" + "ME", "XX" + "X"]
        #expect(
            CodeRules.unfinishedWork(swift(words.map { "// \($0): a" }.joined(separator: "\n"))).map(\.line)
                == [1, 2, 3])
        #expect(
            CodeRules.unfinishedWork(
                swift(words.map { "// \($0)S \($0)\($0) A\($0)" }.joined(separator: "\n"))
            ).isEmpty)
    }

    @Test(arguments: ["final class A: @unchecked Sendable {", "nonisolated(unsafe) var a = 1"])
    func findsUnjustifiedConcurrency(_ line: String) {
        let reason = "// SAFETY: written once"
        let gap = "\n//\n"
        #expect(CodeRules.safetyComments(swift("\n" + line)).map(\.line) == [2])
        #expect(CodeRules.safetyComments(swift(reason + "\n" + line)).isEmpty)
        #expect(CodeRules.safetyComments(swift(line + gap + "//\n//\n" + reason)).isEmpty)
        #expect(CodeRules.safetyComments(swift(reason + gap + "//\n//\n" + line)).map(\.line) == [5])
        #expect(CodeRules.safetyComments(swift("// " + line)).isEmpty)
    }

    @Test func findsStrayWhitespace() {
        #expect(CodeRules.whitespace(swift("a\n\tb\nc \nd\r\n")).map(\.line) == [2, 3, 4])
    }

    @Test func findsPathsOfOneMachine() {
        let folder = "/ho" + "me/"
        let text = "a \(folder)me/b\n\"\(folder)\nhttps://a.org\(folder)\n~\(folder)"
        #expect(CodeRules.machinePaths(swift(text)).map(\.line) == [1, 2])
    }

    @Test func findsMissingAndSecondTitles() {
        #expect(DocumentRules.oneTitle(markdown("# A\n\n```\n# not a title\n```\n## B\n")).isEmpty)
        #expect(DocumentRules.oneTitle(markdown("## A\n")).map(\.line) == [1])
        #expect(DocumentRules.oneTitle(markdown("# A\n\n# B\n")).map(\.line) == [3])
    }

    @Test func findsPathsThatLeadNowhere() {
        let text =
            "[a](b.md) `Sources/A.swift` `Sources/<name>`\n[c](../d.md#e) `a b`\n[f](https://g.org) [h](#i)"
        let all: Set<String> = ["docs/b.md", "Sources/A.swift", "docs/../d.md"]
        #expect(DocumentRules.paths(markdown(text), exists: all.contains).isEmpty)
        #expect(DocumentRules.paths(markdown(text), exists: { _ in false }).map(\.line) == [1, 1, 2])
    }

    @Test func findsMakeTargetsThatAreNotThere() {
        let makefile = SourceText(path: "Makefile", text: ".PHONY: test\ntest: a ## b\nA := make\n")
        let text =
            "`make test` `make it` `make # lists`\n```bash\nmake test\nmake chat # a\n```\nmake nothing of it"
        #expect(DocumentRules.makeTargets(markdown(text), makefile: makefile).map(\.line) == [1, 4])
    }

    @Test func findsNamesThatAreMissingOrStale() {
        let files = [swift("static let architectures = [\"AForCausalLM\", \"B\"]", target: "Models")]
        #expect(DocumentRules.implementedArchitectures(files) == ["AForCausalLM", "B"])
        #expect(DocumentRules.listedArchitectures(markdown("- `AForCausalLM`, `C`\n")) == ["AForCausalLM"])
        let variables = DocumentRules.environmentVariables([
            markdown("a $LMDEPLOY_A=1, LMDEPLOY_*, XLMDEPLOY_B")
        ])
        #expect(variables == ["LMDEPLOY_A"])
        let findings = DocumentRules.listing(
            markdown(""), of: "name", found: ["a", "b"], expected: ["b", "c"])
        #expect(findings.map(\.message) == ["name 'c' is not listed", "name 'a' does not exist"])
    }

    @Test func findsReadmesThatDiffer() {
        let english = markdown("# A\n## B\n```bash\na\n```\n", path: "README.md")
        func lines(_ text: String) -> [Int] { ReadmeRules.sameShape(english, markdown(text)).map(\.line) }
        #expect(lines("# 甲\n## 乙\n```bash\na\n```\n").isEmpty)
        #expect(lines("# 甲\n### 乙\n```bash\na\n```\n") == [2])
        #expect(lines("# 甲\n## 乙\n```bash\nb\n```\n") == [4])
        #expect(lines("# 甲\n## 乙\n") == [1])
    }

    @Test(
        arguments: [
            ("lmdeploy", nil), ("$ lmdeploy chat --session_len 5", nil),
            (".build/release/lmdeploy chat -x", nil),
            ("lmdeploy bench run MODEL --n=3", nil), ("echo lmdeploy none", nil), ("A=b lmdeploy chat", nil),
            ("$ lmdeploy none", "'lmdeploy' has no command 'none'"),
            ("A=b lmdeploy none", "'lmdeploy' has no command 'none'"),
            ("echo a | lmdeploy chat --b", "'lmdeploy chat' has no option '--b'"),
            ("lmdeploy none", "'lmdeploy' has no command 'none'"),
            ("lmdeploy bench none", "'lmdeploy bench' has no command 'none'"),
            ("lmdeploy chat --session", "'lmdeploy chat' has no option '--session'"),
        ] as [(String, String?)])
    func findsCommandsThatAreNotThere(_ line: String, _ problem: String?) {
        let reference = CommandReference(
            markdown(
                """
                # Reference
                ## lmdeploy
                ```text
                USAGE: lmdeploy <subcommand>
                ```
                ## lmdeploy chat
                ```text
                --session-len <tokens>
                ```
                ## lmdeploy bench
                ```text
                USAGE: lmdeploy bench <subcommand>
                ```
                ## lmdeploy bench run
                ```text
                --n <n>
                ```
                """))
        #expect(reference.problem(with: line) == problem)
        let findings = ReadmeRules.commands(markdown("# A\n\n```bash\n\(line)\n```\n"), reference: reference)
        #expect(findings.map(\.line) == (problem == nil ? [] : [4]))
        let output = ReadmeRules.commands(markdown("```text\n\(line)\n```\n"), reference: reference)
        #expect(output.map(\.line) == (problem != nil && line.hasPrefix("$ ") ? [2] : []))
    }
}
