import ArgumentParser
import Commands
import Testing

/// Models on hubs as arguments.
struct HubCommandTests {
    @Test
    func `a model on a hub has a revision and a folder`() throws {
        let options = try ModelOptions.parse([
            "org/name", "--revision", "v1", "--download-dir", "models",
        ])
        #expect(options.model == "org/name")
        #expect(options.hub.revision == "v1")
        #expect(options.hub.downloadDir == "models")
    }

    @Test(arguments: ["../x", "a b", ""])
    func `a revision that is none is refused`(revision: String) {
        #expect(throws: (any Error).self) { try ModelOptions.parse(["org/name", "--revision", revision]) }
    }

    @Test
    func `pull takes patterns behind its options`() throws {
        let command = try PullCommand.parse([
            "org/name", "--include", "*.json", "*.gguf", "--exclude", "*f16*", "--revision", "v1",
        ])
        #expect(command.name == "org/name")
        #expect(command.include == ["*.json", "*.gguf"])
        #expect(command.exclude == ["*f16*"])
        #expect(command.hub.revision == "v1")
    }

    @Test
    func `a hub's cache is listed when something is in it`() {
        #expect(ListCommand.report(hubFolder: "/hub", models: []) == "")
        let text = ListCommand.report(hubFolder: "/hub", models: [("org/name", 5_000_000, "/hub/x")])
        #expect(text.hasPrefix("\nModels in /hub:\norg/name  "))
        #expect(text.hasSuffix("  /hub/x\n"))
    }
}
