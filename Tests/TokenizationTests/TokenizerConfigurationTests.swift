import Testing
import Tokenization

/// What `tokenizer_config.json` changes.
@Suite struct TokenizerConfigurationTests {
    private static let roles = #""bos_token": "<s>", "eos_token": {"content": "</s>"}"#

    @Test(
        arguments: [
            ("", [1], []), (#", "add_bos_token": true"#, [1], []), (#", "add_bos_token": false"#, [], []),
            (#", "add_eos_token": true"#, [], [2]),
            (#", "add_bos_token": true, "add_eos_token": true"#, [1], [2]),
        ] as [(String, [Int32], [Int32])])
    func flagsForBeginAndEndTakeThePlaceOfThePostProcessor(
        flags: String, prefix: [Int32], suffix: [Int32]
    ) throws {
        let tokenizer = try Pipeline.named("llama2").tokenizer(config: "{\(Self.roles)\(flags)}")
        let plain = tokenizer.encode("the", addSpecialTokens: false)
        #expect(tokenizer.encode("the", addSpecialTokens: true) == prefix + plain + suffix)
        #expect(tokenizer.bosID == 1 && tokenizer.eosID == 2)
    }

    @Test func aFlagWithoutATokenAddsNothing() throws {
        let tokenizer = try Pipeline.named("llama2").tokenizer(config: #"{"add_bos_token": true}"#)
        let plain = tokenizer.encode("the", addSpecialTokens: false)
        #expect(tokenizer.encode("the", addSpecialTokens: true) == plain)
    }

    @Test func tokensOfTheConfigurationAreAddedInTheOrderOfTheirIDs() throws {
        let config = #"""
            {"added_tokens_decoder": {
             "901": {"content": "<two>", "special": true}, "900": {"content": "<one>"},
             "1": {"content": "<s>", "lstrip": true, "special": true}}}
            """#
        let plain = try Pipeline.named("llama2").tokenizer()
        let tokenizer = try Pipeline.named("llama2").tokenizer(config: config)
        let size = Int32(plain.vocabularySize)
        #expect(plain.id(of: "<one>") == nil)
        #expect(tokenizer.id(of: "<one>") == size && tokenizer.id(of: "<two>") == size + 1)
        #expect(tokenizer.isSpecial(size + 1) && !tokenizer.isSpecial(size))
        #expect(tokenizer.encode("  <s><two>", addSpecialTokens: false) == [1, size + 1])
        #expect(plain.encode("  <s>", addSpecialTokens: false).count > 1)
    }

    @Test func aTokenWithARoleIsSpecial() throws {
        let name = "<gap>"
        let plain = try Pipeline.named("llama2").tokenizer()
        let id = try #require(plain.id(of: name))
        #expect(!plain.isSpecial(id))
        for config in [#"{"pad_token": "<gap>"}"#, #"{"additional_special_tokens": [{"content": "<gap>"}]}"#]
        {
            let tokenizer = try Pipeline.named("llama2").tokenizer(config: config)
            #expect(tokenizer.isSpecial(id))
            #expect(tokenizer.decode([id]) == "")
            // Its other properties stay: it takes the spaces after it.
            #expect(tokenizer.encode("<gap>  ", addSpecialTokens: false) == [id])
        }
        #expect(
            try Pipeline.named("llama2").tokenizer(config: #"{"pad_token": "<none>"}"#).id(of: "<none>")
                == nil)
    }

    /// Transformers leaves byte-pair models alone: their spaces are text.
    @Test func cleaningUpSpacesIsForOtherModelsThanBytePairs() throws {
        let cleans = #"{"clean_up_tokenization_spaces": true}"#
        for (name, isCleaned) in [("t5", true), ("llama2", false)] {
            let plain = try Pipeline.named(name).tokenizer()
            let tokenizer = try Pipeline.named(name).tokenizer(config: cleans)
            let ids = plain.encode("the . do n't 's it , ' x", addSpecialTokens: false)
            let text = plain.decode(ids)
            #expect(text.contains(" . "), "\(text)")
            let decoded = tokenizer.decode(ids)
            #expect((decoded == text) == !isCleaned)
            #expect(decoded.contains(" .") == !isCleaned && decoded.contains(" n't") == !isCleaned)
            var detokenizer = StreamingDetokenizer(tokenizer, skipSpecialTokens: true)
            #expect(ids.map { detokenizer.append($0) }.joined() + detokenizer.finish() == decoded)
        }
    }
}
