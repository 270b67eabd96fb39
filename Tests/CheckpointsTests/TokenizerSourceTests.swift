import Checkpoints
import TestSupport
import Testing

@Suite struct TokenizerSourceTests {
    private static let ranks = "IQ== 0\nIg== 1\n"
    private static let sentencePiece = "\n\u{3}\n\u{1}a"

    private static func kind(_ source: TokenizerSource) -> String {
        switch source {
        case .gguf: "gguf"
        case .huggingFace: "huggingFace"
        case .sentencePiece: "sentencePiece"
        case .tiktoken: "tiktoken"
        case .bytePair: "bytePair"
        case .wordPiece: "wordPiece"
        }
    }

    /// Files are removed one after another, and the next one wins.
    @Test func theFirstOfAFoldersFilesWins() throws {
        let order: [(files: [(String, String)], kind: String)] = [
            ([("tokenizer.json", "{}")], "huggingFace"),
            ([("tokenizer.model", sentencePieceText)], "sentencePiece"),
            ([("a.tiktoken", Self.ranks)], "tiktoken"),
            ([("vocab.json", "{}"), ("merges.txt", "")], "bytePair"),
            ([("vocab.txt", "a\n")], "wordPiece"),
        ]
        for first in order.indices {
            let folder = try TemporaryFolder()
            for entry in order[first...] {
                for (name, text) in entry.files { try folder.write(text, to: name) }
            }
            #expect(Self.kind(try TokenizerSource.read(folder.path)) == order[first].kind)
            #expect(Self.kind(try TokenizerSource.read(folder.path + "/")) == order[first].kind)
        }
    }

    private var sentencePieceText: String { Self.sentencePiece }

    @Test func aTokenizerModelIsToldByItsContents() throws {
        let folder = try TemporaryFolder()
        try folder.write(Self.ranks, to: "tokenizer.model")
        guard case .tiktoken(let ranks, let name, _) = try TokenizerSource.read(folder.path) else {
            Issue.record("not ranks")
            return
        }
        #expect(name == "tokenizer.model")
        #expect(ranks == Array(Self.ranks.utf8))
        try folder.write("\n", to: "tokenizer.model")
        #expect(Self.kind(try TokenizerSource.read(folder.path)) == "sentencePiece")
        try folder.write("plain text", to: "tokenizer.model")
        #expect(throws: CheckpointError.self) { try TokenizerSource.read(folder.path) }
    }

    @Test func aFileCanBeGivenItself() throws {
        let folder = try TemporaryFolder()
        try folder.write(#"{"add_bos_token":true}"#, to: "tokenizer_config.json")
        try folder.write("{}", to: "added_tokens.json")
        let json = try folder.write("{}", to: "tokenizer.json")
        guard case .huggingFace(_, let config) = try TokenizerSource.read(json) else {
            Issue.record("no tokenizer.json")
            return
        }
        #expect(config == Array(#"{"add_bos_token":true}"#.utf8))
        let other = try folder.write("{}", to: "other.json")
        guard case .huggingFace(_, nil) = try TokenizerSource.read(other) else {
            Issue.record("a configuration that is not its own")
            return
        }
        let model = try folder.write(Self.sentencePiece, to: "spiece.model")
        guard case .sentencePiece(let bytes, let files) = try TokenizerSource.read(model) else {
            Issue.record("no SentencePiece model")
            return
        }
        #expect(bytes == Array(Self.sentencePiece.utf8))
        #expect(files.configuration != nil)
        #expect(files.addedTokens == Array("{}".utf8))
        #expect(files.specialTokensMap == nil)
        try folder.write("{}", to: "vocab.json")
        let merges = try folder.write("a b\n", to: "merges.txt")
        #expect(Self.kind(try TokenizerSource.read(merges)) == "bytePair")
    }

    @Test func aGGUFFileNeedsNoTensors() throws {
        var file = GGUFBuilder()
        file.set("tokenizer.ggml.model", .string("t5"))
        file.set("tokenizer.ggml.tokens", .strings(["a", "b"]))
        file.set("tokenizer.ggml.scores", .float32s([0, -1]))
        file.set("tokenizer.ggml.seperator_token_id", .uint32(1))
        file.set("tokenizer.ggml.remove_extra_whitespaces", .bool(true))
        file.set(
            "tokenizer.ggml.precompiled_charsmap",
            .raw(type: 9, bytes: [0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 7, 8, 9]))
        let folder = try TemporaryFolder()
        let path = try folder.write(file.build(), to: "vocabulary.gguf")
        guard case .gguf(let metadata) = try TokenizerSource.read(path) else {
            Issue.record("no GGUF")
            return
        }
        #expect(metadata.tokens == ["a", "b"])
        #expect(metadata.separatorTokenID == 1)
        #expect(metadata.removeExtraWhitespaces == true)
        #expect(metadata.precompiledCharsmap == [7, 8, 9])
        #expect(metadata.lowercases == nil)
    }

    @Test func whatIsMissingIsNamed() throws {
        let folder = try TemporaryFolder()
        let error = try #require(throws: CheckpointError.self) { try TokenizerSource.read(folder.path) }
        for name in ["tokenizer.json", "tokenizer.model", "*.tiktoken", "vocab.json", "vocab.txt"] {
            #expect(error.message.contains(name))
        }
        #expect(throws: CheckpointError.self) { try TokenizerSource.read(folder.path("nothing.json")) }
    }
}
