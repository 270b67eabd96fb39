import Testing
import Tokenization

@Suite struct SpecialTokenTests {
    private static func tokenizer(addBOS: Bool = false, addEOS: Bool = false) throws -> Tokenizer {
        var vocabulary = TinyVocabulary.make(controls: ["<s>", "</s>", "<s>x"])
        vocabulary.tokens.append("<tool>")
        vocabulary.types.append(4)
        vocabulary.bosID = 256
        vocabulary.eosID = 257
        vocabulary.addBOS = addBOS
        vocabulary.addEOS = addEOS
        return try Tokenizer(vocabulary: vocabulary)
    }

    @Test func theLongestOfTheLeftmostTokensIsFound() throws {
        let tokenizer = try Self.tokenizer()
        #expect(tokenizer.encode("<s><s>x</s", addSpecialTokens: false) == [256, 258, 0x3C, 0x2F, 0x73])
    }

    @Test func specialTokensInForeignTextCanStayText() throws {
        let tokenizer = try Self.tokenizer()
        let text = "<s><tool></s>"
        #expect(tokenizer.encode(text, addSpecialTokens: false) == [256, 259, 257])
        let ids = tokenizer.encode(text, addSpecialTokens: false, parseSpecialTokens: false)
        #expect(ids == [0x3C, 0x73, 0x3E, 259, 0x3C, 0x2F, 0x73, 0x3E])
        #expect(tokenizer.decode(ids) == text)
    }

    @Test(arguments: [(false, false), (true, false), (false, true), (true, true)])
    func beginAndEndAreAddedOnlyWhenTheFileAndTheCallerSaySo(addBOS: Bool, addEOS: Bool) throws {
        let tokenizer = try Self.tokenizer(addBOS: addBOS, addEOS: addEOS)
        let expected: [Int32] = (addBOS ? [256] : []) + [0x61] + (addEOS ? [257] : [])
        #expect(tokenizer.encode("a", addSpecialTokens: true) == expected)
        #expect(tokenizer.encode("a", addSpecialTokens: false) == [0x61])
        #expect(tokenizer.encode("", addSpecialTokens: true).count == expected.count - 1)
    }

    @Test func decodingSkipsSpecialTokensAndKeepsOtherAddedTokens() throws {
        let tokenizer = try Self.tokenizer()
        #expect(tokenizer.decode([256, 0x61, 259, 257]) == "a<tool>")
        #expect(tokenizer.decode([256, 0x61, 259, 257], skipSpecialTokens: false) == "<s>a<tool></s>")
        #expect(tokenizer.isSpecial(256) && !tokenizer.isSpecial(259) && !tokenizer.isSpecial(0x61))
    }

    @Test func aConfigurationFileNamesBeginAndEnd() throws {
        let config = #"{"bos_token": null, "eos_token": {"content": "<|im_end|>", "special": true}}"#
        let tokenizer = try Tokenizer(
            tokenizerJSON: try Fixture.bytes("qwen2.tokenizer.json"), tokenizerConfigJSON: Array(config.utf8))
        #expect(tokenizer.bosID == nil)
        #expect(tokenizer.eosID == tokenizer.id(of: "<|im_end|>"))
        #expect(tokenizer.eosID.flatMap(tokenizer.text(of:)) == "<|im_end|>")
        #expect(try Fixture.tokenizer("qwen2").eosID == nil)
    }

    @Test func ofTokensWithTheSameTextTheLastIsFound() throws {
        let tokenizer = try Tokenizer(vocabulary: TinyVocabulary.make(controls: ["<s>", "<s>", "<t>"]))
        #expect(tokenizer.encode("<s><t>", addSpecialTokens: false) == [257, 258])
        #expect(tokenizer.id(of: "<s>") == 257)
        #expect(tokenizer.decode([256, 257], skipSpecialTokens: false) == "<s><s>")
    }

    @Test func manyTokensWithACommonBeginningAreToldApart() throws {
        let controls = (0..<300).map { "<|reserved_\($0)|>" }
        let tokenizer = try Tokenizer(vocabulary: TinyVocabulary.make(controls: controls))
        for (index, control) in controls.enumerated() {
            #expect(tokenizer.encode(control + "<", addSpecialTokens: false) == [Int32(256 + index), 0x3C])
        }
    }
}
