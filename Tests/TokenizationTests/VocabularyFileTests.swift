import Testing
import Tokenization

@Suite struct VocabularyFileTests {
    @Test(arguments: [("qwen", "qwen.tiktoken"), ("llama3", "tokenizer.model")])
    func ranksGiveTheIDsOfTiktoken(golden: String, fileName: String) throws {
        let tokenizer = try Tokenizer(
            tiktoken: VocabularyFixture.bytes("ranks.tiktoken"), name: fileName)
        for item in try VocabularyFixture.golden(golden).cases
        where golden == "qwen" || !item.text.contains("<|") {
            let comment = Comment(rawValue: item.text.debugDescription)
            let ids = tokenizer.encode(item.text, addSpecialTokens: false)
            #expect(ids == item.ids, comment)
            let text = tokenizer.decode(item.ids, skipSpecialTokens: false)
            #expect(text.codeUnits == item.decoded.codeUnits, comment)
        }
    }

    @Test func specialTokensFollowTheRanks() throws {
        let ranks = try VocabularyFixture.bytes("ranks.tiktoken")
        let count = Int32(ranks.count { $0 == 0x0A })
        let qwen = try Tokenizer(tiktoken: ranks, name: "qwen.tiktoken")
        #expect(qwen.id(of: "<|endoftext|>") == count)
        #expect(qwen.id(of: "<|extra_204|>") == count + 207)
        #expect(qwen.vocabularySize == Int(count) + 208)
        let llama = try Tokenizer(tiktoken: ranks, name: "tokenizer.model")
        #expect(llama.id(of: "<|eot_id|>") == count + 9)
        #expect(llama.id(of: "<|reserved_special_token_247|>") == count + 255)
        #expect(llama.vocabularySize == Int(count) + 256)
        #expect(llama.encode("", addSpecialTokens: true) == [count])
        let config =
            #"{"added_tokens_decoder":{"5000":{"content":"<|user|>","special":true}},"add_bos_token":false}"#
        let other = try Tokenizer(
            tiktoken: ranks, name: "tokenizer.model", files: TokenizerFiles(configuration: Array(config.utf8))
        )
        #expect(other.encode("<|user|>", addSpecialTokens: true) == [5000])
    }

    @Test func readsGPT2sTwoFiles() throws {
        let tokenizer = try Tokenizer(
            vocabJSON: VocabularyFixture.bytes("gpt2-vocab.json"),
            merges: VocabularyFixture.bytes("gpt2-merges.txt"))
        for item in try VocabularyFixture.golden("gpt2").cases {
            let comment = Comment(rawValue: item.text.debugDescription)
            #expect(tokenizer.encode(item.text, addSpecialTokens: false) == item.ids, comment)
            #expect(tokenizer.decode(item.ids).codeUnits == item.decoded.codeUnits, comment)
        }
    }

    @Test func readsBERTsVocabulary() throws {
        let tokenizer = try Tokenizer(vocabText: VocabularyFixture.bytes("bert-vocab.txt"))
        for item in try VocabularyFixture.golden("bert").cases {
            let comment = Comment(rawValue: item.text.debugDescription)
            #expect(tokenizer.encode(item.text, addSpecialTokens: true) == item.ids, comment)
            #expect(tokenizer.decode(item.ids).codeUnits == item.decoded.codeUnits, comment)
        }
    }

    /// GGUF marks the beginning of words instead of their inside.
    @Test func wordPiecesInGGUFGiveTheSameIDs() throws {
        let text = String(decoding: try VocabularyFixture.bytes("bert-vocab.txt"), as: UTF8.self)
        var types: [Int32] = []
        let tokens = text.split(separator: "\n").map { token -> String in
            let isSpecial = token.hasPrefix("[") && token.hasSuffix("]") && token.count > 2
            types.append(isSpecial ? 3 : 1)
            if isSpecial { return String(token) }
            return token.hasPrefix("##") ? String(token.dropFirst(2)) : "\u{2581}\(token)"
        }
        let tokenizer = try Tokenizer(
            vocabulary: GGUFVocabulary(
                model: "bert", tokens: tokens, types: types, bosID: 2, unknownID: 1, separatorID: 3))
        for item in try VocabularyFixture.golden("bert").cases {
            let ids = tokenizer.encode(item.text, addSpecialTokens: true)
            #expect(ids == item.ids, Comment(rawValue: item.text.debugDescription))
        }
    }

    @Test func everyPreTokenizerOfGGUFCutsLikeItsExpressions() throws {
        let golden = try VocabularyFixture.json(
            "pre-tokenizers.json", as: VocabularyFixture.PreTokenizers.self)
        var names: [String] = []
        for family in golden.families {
            for name in family.names {
                names.append(name)
                let tokenizer = try Tokenizer(
                    vocabulary: GGUFVocabulary(
                        pre: name, tokens: golden.tokens, merges: golden.merges, bosID: 0, eosID: 0,
                        addBOS: false))
                for (text, ids) in zip(golden.texts, family.ids) {
                    let comment = Comment(rawValue: "\(name): \(text.debugDescription)")
                    #expect(tokenizer.encode(text, addSpecialTokens: false) == ids, comment)
                }
            }
        }
        let plain = ["gemma4", "granite-embed-multi-311m", "sarvam-moe", "whitespace"]
        #expect(GGUFVocabulary.preTokenizerNames == (names + plain).sorted())
    }

    @Test func visibleSpacesInGGUFGiveTheSameIDs() throws {
        let golden = try VocabularyFixture.json("gemma4.golden.json", as: VocabularyFixture.BytePairs.self)
        let types = golden.tokens.indices.map { Int32($0 < 4 ? 3 : $0 < 260 ? 6 : 1) }
        let tokenizer = try Tokenizer(
            vocabulary: GGUFVocabulary(
                model: "gemma4", tokens: golden.tokens, types: types, merges: golden.merges, bosID: 2,
                eosID: 1,
                unknownID: 3))
        for item in golden.cases {
            let comment = Comment(rawValue: item.text.debugDescription)
            let ids = tokenizer.encode(item.text, addSpecialTokens: false, parseSpecialTokens: false)
            #expect(ids == item.ids, comment)
            #expect(tokenizer.decode(item.ids).codeUnits == item.decoded.codeUnits, comment)
        }
    }

    @Test(arguments: ["rwkv", "plamo2", "hybriddna", "no_vocab", ""])
    func refusesOtherKindsOfGGUFVocabularies(model: String) {
        do {
            _ = try Tokenizer(vocabulary: GGUFVocabulary(model: model, tokens: ["a"]))
            Issue.record("no error")
        } catch {
            #expect(error.code == .unsupported)
            #expect(error.description.contains("\"\(model)\""))
        }
    }

    @Test func anUnknownPreTokenizerIsRefusedWithTheNamesThatAreKnown() {
        do {
            _ = try Tokenizer(vocabulary: GGUFVocabulary(pre: "klingon", tokens: ["a"]))
            Issue.record("no error")
        } catch {
            #expect(error.description.contains("\"klingon\""))
            #expect(error.description.contains("llama-bpe"))
        }
    }
}
