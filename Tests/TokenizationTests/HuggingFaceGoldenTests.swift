import TestSupport
import Testing
import Tokenization

@Suite struct HuggingFaceGoldenTests {
    @Test(arguments: Fixture.tokenizerNames)
    func encodesHardTextsLikeHuggingFace(name: String) throws {
        let tokenizer = try Fixture.tokenizer(name)
        let golden = try Fixture.golden(name)
        #expect(golden.cases.count > 150)
        for item in golden.cases {
            let comment = Comment(rawValue: item.text.debugDescription)
            #expect(tokenizer.encode(item.text, addSpecialTokens: false) == item.ids, comment)
            #expect(tokenizer.encode(item.text, addSpecialTokens: true) == item.special, comment)
            let plain = tokenizer.encode(item.text, addSpecialTokens: false, parseSpecialTokens: false)
            #expect(plain == item.plain, comment)
        }
    }

    @Test(arguments: Fixture.tokenizerNames)
    func decodesLikeHuggingFace(name: String) throws {
        let tokenizer = try Fixture.tokenizer(name)
        let golden = try Fixture.golden(name)
        for item in golden.cases {
            #expect(tokenizer.decode(item.special).codeUnits == item.decoded.codeUnits)
            let all = tokenizer.decode(item.special, skipSpecialTokens: false)
            #expect(all.codeUnits == item.decodedAll.codeUnits)
        }
        #expect(!golden.decodes.isEmpty)
        for item in golden.decodes {
            let text = tokenizer.decode(item.ids, skipSpecialTokens: false)
            #expect(text.codeUnits == item.decoded.codeUnits, "\(item.ids)")
        }
    }

    @Test(arguments: [("smollm", "smollm"), ("llama3", "llama-bpe"), ("qwen2", "qwen2")])
    func vocabulariesInGGUFGiveTheSameIDs(name: String, pre: String) throws {
        let vocabulary = try TinyVocabulary.equivalent(toFixture: name, pre: pre)
        let tokenizer = try Tokenizer(vocabulary: vocabulary)
        for item in try Fixture.golden(name).cases {
            let comment = Comment(rawValue: item.text.debugDescription)
            #expect(tokenizer.encode(item.text, addSpecialTokens: false) == item.ids, comment)
            let plain = tokenizer.encode(item.text, addSpecialTokens: false, parseSpecialTokens: false)
            #expect(plain == item.plain, comment)
            #expect(tokenizer.decode(item.special).codeUnits == item.decoded.codeUnits, comment)
        }
    }

    /// A long text takes the path with the cache of words, its pieces alone do not.
    @Test(arguments: Fixture.tokenizerNames)
    func longTextsEncodeLikeTheirParts(name: String) throws {
        let tokenizer = try Fixture.tokenizer(name)
        let golden = try Fixture.golden(name)
        let separator = try #require(tokenizer.text(of: 0))
        let separatorIDs = tokenizer.encode(separator, addSpecialTokens: false)
        var random = SeededGenerator(seed: 7)
        let parts = (0..<400).compactMap { _ in golden.cases.randomElement(using: &random) }
        let text = parts.map(\.text).joined(separator: separator)
        // A part that takes spaces from the separator's other side cannot occur: it is no space.
        let expected = Array(parts.map(\.ids).joined(separator: separatorIDs))
        #expect(tokenizer.encode(text, addSpecialTokens: false) == expected)
    }

    @Test func everyFixtureTokenizerTriesItsSpecialCases() throws {
        let flags = try Fixture.tokenizer("flags")
        let golden = try Fixture.golden("flags")
        for token in ["<mask>", "<gap>", "<both>", "word", "<cafe\u{301}>", "<abc>", "<unk>"] {
            let id = try #require(flags.id(of: token))
            #expect(golden.cases.contains { $0.ids.contains(id) }, "no golden has \(token)")
        }
        let llama = try Fixture.tokenizer("llama3")
        let whole = try #require(llama.id(of: "Ġtest"))
        #expect(try Fixture.golden("llama3").cases.contains { $0.ids.contains(whole) })
    }
}
