import Foundation
import LMDeploy
import TestSupport
import Testing

/// The code in the documentation, compiled and run.
@Suite(
    .serialized, .enabled(if: DefaultModelFile.isUsable, "run `make test`, which fetches the default model"))
struct SnippetTests {
    /// Stands in for the initialiser, so that the snippets can name a file that lies elsewhere.
    // swift-format-ignore: AlwaysUseLowerCamelCase
    private func Pipeline(
        _ name: String, backendConfig: TurbomindEngineConfig = .init(sessionLength: 2048, maxBatchSize: 4),
        progress: (@Sendable (LoadProgress) -> Void)? = nil
    ) throws -> LMDeploy.Pipeline {
        #expect(name == "SmolLM2-135M-Instruct.Q4_1.gguf")
        var config = backendConfig
        config.kvCacheBytes = 64 << 20
        return try LMDeploy.Pipeline(DefaultModelFile.path(), backendConfig: config, progress: progress)
    }

    @Test func gettingStarted() async throws {
        let pipeline = try Pipeline("SmolLM2-135M-Instruct.Q4_1.gguf") { progress in
            print("\(progress.completedBytes) of \(progress.totalBytes) bytes")
        }
        print(pipeline.plan)

        let config = GenerationConfig(maxNewTokens: 64)
        for response in try await pipeline.infer(["Hi, pls intro yourself", "Shanghai is"], config) {
            print(response.text)
        }

        var conversation = [Message(role: "user", content: "Tell me about the sea.")]
        var reply = ""
        for try await piece in try pipeline.stream(.messages(conversation), config) {
            print(piece.text, terminator: "")
            reply += piece.text
        }
        conversation.append(Message(role: "assistant", content: reply))
        #expect(!reply.isEmpty)

        let creative = GenerationConfig(
            maxNewTokens: 200, doSample: true, topP: 0.9, temperature: 0.8, randomSeed: 7, stopWords: ["\n\n"]
        )
        let told = try await pipeline.infer(["Tell me a story."], creative)[0]
        #expect(!told.text.contains("\n\n"))
    }

    @Test func conversations() async throws {
        let pipeline = try Pipeline("SmolLM2-135M-Instruct.Q4_1.gguf")
        do {
            let session = pipeline.session(system: "You answer in one sentence.")
            let config = GenerationConfig(maxNewTokens: 64)
            print(try await pipeline.chat("What is a tide?", session: session, config).text)
            for try await piece in try pipeline.streamChat("And a spring tide?", session: session, config) {
                print(piece.text, terminator: "")
            }
            try await pipeline.close(session)
            #expect(session.messages.isEmpty)
        }

        let quoting = GenerationConfig(maxNewTokens: 200, numDraftTokens: 8)
        let reply = try await pipeline.infer(
            ["Repeat: the quick brown fox jumps over the lazy dog."], quoting)[0]
        print("\(reply.acceptedDraftTokens) of \(reply.draftTokens) guesses were right")

        let texts: [Prompt] = [.raw("The sea is wide."), .raw("Sea the wide is.")]
        for result in try await pipeline.perplexity(texts) { print(result.value) }
    }

    @Test func keepingConversations() throws {
        let folder = try TemporaryFolder()
        let directory = FileManager.default.currentDirectoryPath
        defer { _ = FileManager.default.changeCurrentDirectoryPath(directory) }
        try #require(FileManager.default.changeCurrentDirectoryPath(folder.path))
        let backend = TurbomindEngineConfig(sessionStore: "conversations")
        let keeping = try Pipeline("SmolLM2-135M-Instruct.Q4_1.gguf", backendConfig: backend)
        let earlier = keeping.session(id: 7)
        print(earlier.messages.count)
        let small = TurbomindEngineConfig(
            sessionLength: 2048, maxBatchSize: 8, kvCacheBytes: 64 << 20, quantPolicy: 8)
        #expect(small.quantPolicy == 8)
    }

    /// Every block of Swift in the documentation stands in this file, line for line.
    @Test(arguments: ["GettingStarted", "Conversations"])
    func everySnippetIsRun(page: String) throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let article = try String(
            contentsOf: root.appendingPathComponent("Sources/LMDeploy/LMDeploy.docc/\(page).md"),
            encoding: .utf8)
        // Whatever the formatter does to long lines.
        func lines(_ text: String) -> String {
            text.split(separator: "\n").filter { !$0.hasPrefix("import ") }.joined().filter {
                !$0.isWhitespace
            }
        }
        let own = lines(try String(contentsOf: URL(fileURLWithPath: #filePath), encoding: .utf8))
        let snippets = article.components(separatedBy: "```swift\n").dropFirst().compactMap {
            $0.components(separatedBy: "```").first
        }
        #expect(snippets.count >= 3)
        for snippet in snippets {
            #expect(own.contains(lines(snippet)), "not in this file: \(snippet)")
        }
    }
}
