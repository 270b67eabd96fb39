import TestSupport
import Testing
import Tokenization

/// Damaged files give an error or a tokenizer, and no crash, within a second.
@Suite struct HostileVocabularyTests {
    /// Builds a tokenizer and uses it.
    private func use(_ build: () throws -> Tokenizer) {
        let seconds = ResourceUse.processorSeconds {
            guard let tokenizer = try? build() else { return }
            let ids = tokenizer.encode("Hello <s> thistle 漢字\u{301} ﬁ \u{10FFFF}\n", addSpecialTokens: true)
            _ = tokenizer.decode(ids + [0, 1, 2, 3, .max], skipSpecialTokens: false)
        }
        #expect(seconds < 1)
    }

    @Test(arguments: ["llama.model", "pairs.model", "unigram.model", "suffix.model"])
    func truncatedModels(name: String) throws {
        let bytes = try VocabularyFixture.bytes(name)
        for count in stride(from: 0, to: bytes.count, by: 97) {
            use { try Tokenizer(sentencePiece: Array(bytes[..<count])) }
        }
        #expect(throws: TokenizerError.self) { try Tokenizer(sentencePiece: []) }
        #expect(throws: TokenizerError.self) { try Tokenizer(sentencePiece: Array(bytes.dropLast())) }
    }

    @Test(arguments: ["llama.model", "unigram.model"])
    func mutatedModels(name: String) throws {
        let bytes = try VocabularyFixture.bytes(name)
        var random = SeededGenerator(seed: 11)
        for _ in 0..<300 {
            var damaged = bytes
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                damaged[Int.random(in: damaged.indices, using: &random)] = .random(
                    in: .min ... .max, using: &random)
            }
            use { try Tokenizer(sentencePiece: damaged) }
        }
    }

    @Test func mutatedTablesOfReplacements() throws {
        let original = try VocabularyFixture.gguf("unigram", model: "t5")
        #expect(original.characterMap.count > 100)
        var random = SeededGenerator(seed: 12)
        for _ in 0..<150 {
            var damaged = original
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                let index = Int.random(in: damaged.characterMap.indices, using: &random)
                damaged.characterMap[index] = .random(in: .min ... .max, using: &random)
            }
            use { try Tokenizer(vocabulary: damaged) }
        }
        for map in [[1], [255, 255, 255, 255], [4, 0, 0, 0], [0, 0, 0, 0, 0]] as [[UInt8]] {
            var damaged = original
            damaged.characterMap = map
            #expect(throws: TokenizerError.self) { try Tokenizer(vocabulary: damaged) }
        }
    }

    /// Field 1 with lengths that no file has, numbers that never end, and wire types that are none.
    @Test(arguments: [
        [0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01],
        [0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], [0x0A, 0x05, 0x0A, 0x7F, 0x61],
        [UInt8](repeating: 0xFF, count: 64), [0x0B], [0x0F, 0x00], [0x00, 0x00], [0x0D, 0x00], [0x0A],
        [0x0A, 0x02, 0x18, 0x63], [0x0A, 0x05, 0x15, 0x00, 0x00, 0xC0, 0x7F], [0x0A, 0x03, 0x0A, 0x01, 0xFF],
        [0x08, 0x01],
    ])
    func brokenMessages(bytes: [UInt8]) {
        #expect(throws: TokenizerError.self) { try Tokenizer(sentencePiece: bytes) }
    }

    @Test func modelsOfWordsAndCharactersAreRefusedByName() throws {
        // trainer_spec.model_type: 3 and 4.
        for (type, name) in [(UInt8(3), "word"), (4, "character")] {
            do {
                _ = try Tokenizer(sentencePiece: [0x0A, 0x03, 0x0A, 0x01, 0x61, 0x12, 0x02, 0x18, type])
                Issue.record("no error")
            } catch {
                #expect(error.description.contains(name))
            }
        }
    }

    @Test func damagedRanks() throws {
        let bytes = try VocabularyFixture.bytes("ranks.tiktoken")
        for count in stride(from: 0, to: bytes.count, by: 211) {
            use { try Tokenizer(tiktoken: Array(bytes[..<count]), name: "qwen.tiktoken") }
        }
        let text = String(decoding: bytes, as: UTF8.self)
        for damage in [
            "IQ== 5\n", "IQ==\n", "!!!! 9999\n", "YWFh 99999999999\n", "YWFh -1\n", "YWFh 1 2\n", "= 7\n",
        ] {
            #expect(throws: TokenizerError.self, "\(damage)") {
                try Tokenizer(tiktoken: Array((text + damage).utf8), name: "qwen.tiktoken")
            }
        }
        #expect(throws: TokenizerError.self) { try Tokenizer(tiktoken: [], name: "qwen.tiktoken") }
    }

    @Test func damagedPlainVocabularies() throws {
        let vocabulary = try VocabularyFixture.bytes("gpt2-vocab.json")
        let merges = try VocabularyFixture.bytes("gpt2-merges.txt")
        let words = try VocabularyFixture.bytes("bert-vocab.txt")
        for count in stride(from: 0, to: vocabulary.count, by: 211) {
            use { try Tokenizer(vocabJSON: Array(vocabulary[..<count]), merges: merges) }
        }
        for count in stride(from: 0, to: merges.count, by: 97) {
            use { try Tokenizer(vocabJSON: vocabulary, merges: Array(merges[..<count])) }
        }
        for count in stride(from: 0, to: words.count, by: 97) {
            use { try Tokenizer(vocabText: Array(words[..<count])) }
        }
        #expect(throws: TokenizerError.self) { try Tokenizer(vocabText: []) }
        #expect(throws: TokenizerError.self) { try Tokenizer(vocabText: [0xFF, 0x0A]) }
        #expect(throws: TokenizerError.self) { try Tokenizer(vocabJSON: [0x5B, 0x5D], merges: merges) }
    }

    @Test func scoresThatAreNoNumbers() {
        for score in [Float.nan, .infinity] {
            #expect(throws: TokenizerError.self) {
                try Tokenizer(
                    vocabulary: GGUFVocabulary(model: "llama", tokens: ["<unk>", "a"], scores: [0, score]))
            }
        }
        #expect(throws: TokenizerError.self) {
            try Tokenizer(vocabulary: GGUFVocabulary(model: "t5", tokens: ["<unk>", "a"], scores: [0]))
        }
        #expect(throws: TokenizerError.self) {
            try Tokenizer(vocabulary: GGUFVocabulary(model: "llama", tokens: ["<unk>", "a"]))
        }
    }
}
