import Testing
import Tokenization

@Suite struct SentencePieceTests {
    private static let names = ["llama", "pairs", "unigram", "suffix"]

    @Test(arguments: names)
    func encodesAndDecodesLikeSentencePiece(name: String) throws {
        let tokenizer = try Tokenizer(sentencePiece: VocabularyFixture.bytes("\(name).model"))
        let golden = try VocabularyFixture.golden(name)
        #expect(golden.cases.count > 150)
        for item in golden.cases {
            let comment = Comment(rawValue: item.text.debugDescription)
            let ids = tokenizer.encode(item.text, addSpecialTokens: false, parseSpecialTokens: false)
            #expect(ids == item.ids, comment)
            let text = tokenizer.decode(item.ids, skipSpecialTokens: false)
            #expect(text.codeUnits == item.decoded.codeUnits, comment)
        }
    }

    @Test(arguments: names)
    func decodesAnyIDsLikeSentencePiece(name: String) throws {
        let tokenizer = try Tokenizer(sentencePiece: VocabularyFixture.bytes("\(name).model"))
        let decodes = try #require(try VocabularyFixture.golden(name).decodes)
        #expect(!decodes.isEmpty)
        for item in decodes {
            let text = tokenizer.decode(item.ids, skipSpecialTokens: false)
            #expect(text.codeUnits == item.decoded.codeUnits, "\(item.ids)")
        }
    }

    @Test(arguments: names)
    func streamsWhatItDecodes(name: String) throws {
        let tokenizer = try Tokenizer(sentencePiece: VocabularyFixture.bytes("\(name).model"))
        for item in try #require(try VocabularyFixture.golden(name).decodes) {
            var detokenizer = StreamingDetokenizer(tokenizer, skipSpecialTokens: false)
            var text = ""
            for id in item.ids { text += detokenizer.append(id) }
            text += detokenizer.finish()
            #expect(text.codeUnits == item.decoded.codeUnits)
        }
    }

    /// In GGUF, user-defined pieces are tokens that are found in the text first, which puts a space before
    /// what follows: texts without them are cut alike.
    @Test(arguments: [("llama", "llama"), ("unigram", "t5")])
    func vocabulariesInGGUFGiveTheSameIDs(name: String, model: String) throws {
        let tokenizer = try Tokenizer(vocabulary: VocabularyFixture.gguf(name, model: model))
        var count = 0
        for item in try VocabularyFixture.golden(name).cases
        where !["<sep>", "ther"].contains(where: item.text.contains) {
            let ids = tokenizer.encode(item.text, addSpecialTokens: false, parseSpecialTokens: false)
            #expect(ids == item.ids, Comment(rawValue: item.text.debugDescription))
            count += 1
        }
        #expect(count > 100)
    }

    @Test func kindsOfGGUFVocabulariesHaveTheirUsualSurroundings() throws {
        let llama = try Tokenizer(vocabulary: VocabularyFixture.gguf("llama", model: "llama"))
        #expect(llama.encode("", addSpecialTokens: true) == [1])
        let t5 = try Tokenizer(vocabulary: VocabularyFixture.gguf("unigram", model: "t5"))
        #expect(t5.encode("", addSpecialTokens: true) == [2])
        var silent = try VocabularyFixture.gguf("llama", model: "llama")
        silent.addBOS = false
        silent.addEOS = true
        #expect(try Tokenizer(vocabulary: silent).encode("", addSpecialTokens: true) == [2])
    }

    @Test func aLineOfAMegabyteIsLikeItsParts() throws {
        for name in Self.names {
            let tokenizer = try Tokenizer(sentencePiece: VocabularyFixture.bytes("\(name).model"))
            let word = "hello world the thistle 漢字 "
            let text = String(repeating: word, count: 1 << 20 / word.utf8.count)
            let ids = tokenizer.encode(text, addSpecialTokens: false)
            let decoded = tokenizer.decode(ids)
            #expect(decoded.utf8.count > 1_000_000 / 2, "\(name)")
            let spaceless = String(repeating: "ab", count: 100_000)
            #expect(!tokenizer.encode(spaceless, addSpecialTokens: false).isEmpty)
        }
    }
}

/// The files beside a `tokenizer.model`, as transformers' Llama tokenizer reads them.
@Suite struct SentencePieceFilesTests {
    private func tokenizer(_ configuration: String?, added: String? = nil, map: String? = nil) throws
        -> Tokenizer
    {
        try Tokenizer(
            sentencePiece: VocabularyFixture.bytes("llama.model"),
            files: TokenizerFiles(
                configuration: configuration.map { Array($0.utf8) },
                addedTokens: added.map { Array($0.utf8) },
                specialTokensMap: map.map { Array($0.utf8) }))
    }

    @Test func beginsATextWithTheBeginTokenUnlessToldOtherwise() throws {
        #expect(try tokenizer(nil).encode("", addSpecialTokens: true) == [1])
        #expect(
            try tokenizer(#"{"add_bos_token":false,"add_eos_token":true}"#).encode("", addSpecialTokens: true)
                == [2])
        #expect(
            try tokenizer(#"{"tokenizer_class":"T5Tokenizer"}"#).encode("", addSpecialTokens: true) == [2])
    }

    @Test func findsAddedTokensOfEveryFile() throws {
        let size = Int32(try tokenizer(nil).vocabularySize)
        let config = """
            {"added_tokens_decoder":{"\(size)":{"content":"<|im_start|>","special":true},
            "5":{"content":"<|piece|>","special":true}},"bos_token":{"content":"<s>"}}
            """
        let all = try tokenizer(
            config, added: "{\"<|im_end|>\":\(size + 1)}", map: #"{"eos_token":"<|im_end|>"}"#)
        #expect(
            all.encode("<|im_start|><|im_end|><|piece|>", addSpecialTokens: false) == [size, size + 1, 5])
        #expect(all.eosID == size + 1)
        #expect(all.bosID == 1)
        #expect(all.isSpecial(size + 1))
        #expect(all.text(of: 5) == "<|piece|>")
        #expect(all.decode([size], skipSpecialTokens: false) == "<|im_start|>")
        #expect(all.decode([size]) == "")
    }

    @Test func putsASpaceBeforeEverySegmentOnlyInLegacyMode() throws {
        let legacy = try tokenizer(nil)
        let modern = try tokenizer(#"{"legacy":false}"#)
        let hello = legacy.encode("hello", addSpecialTokens: false)
        #expect(legacy.encode("<s>hello", addSpecialTokens: false) == [1] + hello)
        let bare = modern.encode("<s>hello", addSpecialTokens: false)
        #expect(bare != [1] + hello)
        #expect(modern.encode("hello", addSpecialTokens: false) == hello)
        #expect(modern.decode(bare) == "hello")
        let none = try tokenizer(#"{"legacy":false,"add_prefix_space":false}"#)
        #expect(none.encode("hello", addSpecialTokens: false) == Array(bare.dropFirst()))
    }

    @Test func refusesFilesThatAreDamaged() {
        #expect(throws: TokenizerError.self) { try tokenizer("[]") }
        #expect(throws: TokenizerError.self) {
            try tokenizer(#"{"added_tokens_decoder":{"x":{"content":"a"}}}"#)
        }
        #expect(throws: TokenizerError.self) { try tokenizer(nil, added: #"{"a":-1}"#) }
        #expect(throws: TokenizerError.self) { try tokenizer(nil, added: #"{"a":1e300}"#) }
        #expect(throws: TokenizerError.self) { try tokenizer(nil, map: #"{"bos_token":7}"#) }
    }
}
