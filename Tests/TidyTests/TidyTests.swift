import Testing

/// The repository keeps its own rules; every finding names file and line.
@Suite struct TidyTests {
    private let files = Repository.files

    private var sources: [SourceText] { files.filter { $0.path.hasPrefix("Sources/") } }
    private var swift: [SourceText] { files.filter(\.isSwift) }
    private var markdown: [SourceText] { files.filter(\.isMarkdown) }
    private var code: [SourceText] {
        files.filter { file in [".swift", ".c", ".h", ".py", ".sh"].contains { file.path.hasSuffix($0) } }
    }

    private func expectNone(_ findings: [Finding]) {
        for finding in findings { Issue.record("\(finding)") }
    }

    @Test func filesAreFound() {
        #expect(sources.count > 100)
        #expect(markdown.count > 5)
    }

    @Test func importsFollowTheDependencyPicture() {
        let rules = ImportRules(architecture: Repository.file("ARCHITECTURE.md"))
        #expect(rules.problems == [])
        expectNone(swift.flatMap(rules.findings))
    }

    @Test func theArchitectureDescribesEveryTarget() {
        let architecture = Repository.file("ARCHITECTURE.md")
        let described = Set(ImportRules(architecture: architecture).allowed.keys)
        expectNone(
            DocumentRules.listing(architecture, of: "target", found: described, expected: Repository.targets))
    }

    @Test func linesFilesAndFunctionsAreShort() {
        expectNone(code.filter { !$0.path.hasSuffix(".py") }.flatMap(SizeRules.lineLengths))
        expectNone(code.flatMap { SizeRules.fileLength($0) })
        expectNone(swift.flatMap(SizeRules.functionLengths))
    }

    @Test func sourcesAreFinishedAndDoNotTrap() {
        expectNone(sources.filter(\.isSwift).flatMap(CodeRules.forbiddenCode))
        expectNone(sources.flatMap(CodeRules.unfinishedWork))
    }

    @Test func uncheckedConcurrencyIsJustified() {
        expectNone(swift.flatMap(CodeRules.safetyComments))
    }

    @Test func textIsClean() {
        expectNone((code + markdown).flatMap(CodeRules.whitespace))
        expectNone(files.flatMap(CodeRules.machinePaths))
    }

    @Test func documentsHaveOneTitleAndLeadSomewhere() {
        let makefile = Repository.file("Makefile")
        expectNone(markdown.flatMap(DocumentRules.oneTitle))
        expectNone(markdown.flatMap { DocumentRules.paths($0) })
        expectNone(markdown.flatMap { DocumentRules.makeTargets($0, makefile: makefile) })
    }

    @Test func bothReadmesSayTheSame() {
        expectNone(ReadmeRules.sameShape(Repository.file("README.md"), Repository.file("README.zh-CN.md")))
    }

    @Test func commandsInDocumentsExist() {
        let reference = CommandReference(Repository.file("docs/cli-reference.md"))
        expectNone(markdown.flatMap { ReadmeRules.commands($0, reference: reference) })
    }

    @Test(arguments: ["README.md", "README.zh-CN.md", "docs/adding-a-model.md"])
    func architecturesAreListed(_ path: String) {
        let file = Repository.file(path)
        expectNone(
            DocumentRules.listing(
                file, of: "architecture", found: DocumentRules.listedArchitectures(file),
                expected: DocumentRules.implementedArchitectures(sources)))
    }

    @Test func environmentVariablesAreListed() {
        let file = Repository.file("docs/environment-variables.md")
        expectNone(
            DocumentRules.listing(
                file, of: "environment variable", found: DocumentRules.environmentVariables([file]),
                expected: DocumentRules.environmentVariables(sources)))
    }
}
