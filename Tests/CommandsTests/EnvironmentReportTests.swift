import Commands
import Testing

@Suite struct EnvironmentReportTests {
    @Test func thisMachineIsDescribed() throws {
        let report = EnvironmentReport.collect(environment: ["LMDEPLOY_CACHE": "/nonexistent/cache"])
        #expect(report.lmdeploy == ToolVersion.current)
        #expect(report.usableCores >= 1)
        #expect(report.totalMemoryBytes > 0)
        #expect((1...report.totalMemoryBytes).contains(report.availableMemoryBytes))
        #expect(report.instructionSets.first == "generic")
        #expect(report.instructionSets.contains(report.selectedInstructionSet))
        #expect(report.cacheFolder == "/nonexistent/cache")
        #expect(report.cachedModels.isEmpty)
        #expect(report.text.split(separator: "\n").allSatisfy { $0.contains(": ") })
        #expect(try JSONText.encode(report).contains("\"selected_instruction_set\""))
    }

    @Test func theForcedInstructionSetIsTheSelectedOne() {
        let report = EnvironmentReport.collect(environment: ["LMDEPLOY_FORCE_ISA": "generic"])
        #expect(report.selectedInstructionSet == "generic")
    }

    @Test func anUnknownInstructionSetIsReported() {
        let report = EnvironmentReport.collect(environment: ["LMDEPLOY_FORCE_ISA": "mmx"])
        #expect(report.selectedInstructionSet.contains("mmx"))
    }

    @Test func cachedModelsAreListedWithSizeAndPath() {
        let text = ListCommand.report(
            templates: ["qwen", "vicuna"], cacheFolder: "/c",
            models: [("short", 1 << 20, "/c/a.gguf"), ("longer name", 1 << 30, "/c/b")])
        #expect(
            text == """
                The supported chat template names are:
                qwen
                vicuna

                Models in /c:
                short        1.0 MiB  /c/a.gguf
                longer name  1.0 GiB  /c/b

                """)
    }

    @Test func anEmptyCacheSaysHowToFillIt() {
        #expect(ListCommand.report(templates: [], cacheFolder: "/c", models: []).contains("`lmdeploy pull`"))
    }

    @Test(arguments: [
        (true, ["TERM": "xterm"], true), (false, ["TERM": "xterm"], false), (true, ["TERM": "dumb"], false),
        (true, [:], false), (true, ["TERM": "xterm", "NO_COLOR": "1"], false),
        (true, ["TERM": "xterm", "NO_COLOR": ""], true),
    ])
    func decorationIsForTerminalsThatWantIt(isTerminal: Bool, environment: [String: String], expected: Bool) {
        #expect(TextStyle(isTerminal: isTerminal, environment: environment).isEnabled == expected)
    }

    @Test(arguments: [
        ("a\u{1B}[31mb", "a[31mb"), ("a\r\nb\rc\nd", "a\nb\nc\nd"), ("\u{7}\u{9B}x\u{0}", "x"),
        ("\tx", "\tx"),
        ("你好 👨‍👩‍👧", "你好 👨‍👩‍👧"),
    ])
    func printableTextCannotCommandATerminal(text: String, expected: String) {
        #expect(text.printable() == expected)
    }
}
