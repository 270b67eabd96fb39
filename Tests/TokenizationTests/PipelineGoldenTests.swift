import TestSupport
import Testing
import Tokenization

/// Every component of a `tokenizer.json`, and pipelines in the manner of model families.
@Suite struct PipelineGoldenTests {
    @Test(arguments: ["families", "components"])
    func theFixturesAreThere(file: String) throws {
        let pipelines = try Pipeline.all(file)
        #expect(pipelines.count >= 14)
        #expect(pipelines.allSatisfy { $0.cases.count + $0.decodes.count > 25 })
    }

    @Test(arguments: ["families", "components"])
    func textsEncodeLikeHuggingFace(file: String) throws {
        for pipeline in try Pipeline.all(file) {
            let tokenizer = try pipeline.tokenizer()
            for item in pipeline.cases {
                let comment = Comment(rawValue: "\(pipeline.name): \(item.text.debugDescription)")
                #expect(tokenizer.encode(item.text, addSpecialTokens: false) == item.ids, comment)
                #expect(tokenizer.encode(item.text, addSpecialTokens: true) == item.special, comment)
                let plain = tokenizer.encode(item.text, addSpecialTokens: false, parseSpecialTokens: false)
                #expect(plain == item.plain, comment)
            }
        }
    }

    @Test(arguments: ["families", "components"])
    func idsDecodeLikeHuggingFace(file: String) throws {
        for pipeline in try Pipeline.all(file) {
            let tokenizer = try pipeline.tokenizer()
            for item in pipeline.decodes {
                let comment = Comment(rawValue: "\(pipeline.name): \(item.ids)")
                #expect(tokenizer.decode(item.ids).codeUnits == item.text.codeUnits, comment)
                let whole = tokenizer.decode(item.ids, skipSpecialTokens: false)
                #expect(whole.codeUnits == item.whole.codeUnits, comment)
            }
        }
    }

    @Test(arguments: ["families", "components"])
    func streamedPiecesJoinToTheDecodedText(file: String) throws {
        for pipeline in try Pipeline.all(file) {
            let tokenizer = try pipeline.tokenizer()
            for item in pipeline.decodes {
                for skips in [true, false] {
                    var detokenizer = StreamingDetokenizer(tokenizer, skipSpecialTokens: skips)
                    var text = ""
                    for id in item.ids { text += detokenizer.append(id) }
                    text += detokenizer.finish()
                    let expected = skips ? item.text : item.whole
                    #expect(text.codeUnits == expected.codeUnits, "\(pipeline.name): \(item.ids)")
                }
            }
        }
    }

    /// A long text takes the path with the cache of words.
    @Test func longTextsEncodeLikeTheirParts() throws {
        var random = SeededGenerator(seed: 9)
        for pipeline in try Pipeline.all("families") where pipeline.name != "word-level" {
            let tokenizer = try pipeline.tokenizer()
            // The texts between added tokens that take no space are encoded on their own, but for Metaspace
            // at the beginning of a text.
            let separator = "<s>"
            let separatorIDs = tokenizer.encode(separator, addSpecialTokens: false)
            let begin = try #require(tokenizer.id(of: separator))
            #expect(separatorIDs == [begin])
            let parts = (0..<200).compactMap { _ in pipeline.cases.randomElement(using: &random)?.text }
            let text = parts.map { separator + $0 }.joined()
            let expected = parts.flatMap { tokenizer.encode(separator + $0, addSpecialTokens: false) }
            #expect(tokenizer.encode(text, addSpecialTokens: false) == expected, "\(pipeline.name)")
        }
    }

    @Test func aMegabyteWithoutSpacesIsEncoded() throws {
        for name in ["llama2", "gemma", "glm4", "bert", "t5", "xlm-roberta", "unigram-bytes"] {
            let tokenizer = try Pipeline.named(name).tokenizer()
            for text in [
                String(repeating: "a", count: 1 << 20), String(repeating: "thestou", count: 20_000),
            ] {
                let ids = tokenizer.encode(text, addSpecialTokens: false)
                let decoded = tokenizer.decode(ids)
                // BERT takes a word that long for unknown.
                #expect(name == "bert" ? ids.count == 1 : decoded == text, "\(name)")
            }
        }
    }

    @Test func spacesAreHeldBackUntilTheyAreCertain() throws {
        let tokenizer = try Pipeline.named("llama2").tokenizer()
        let space = try #require(tokenizer.id(of: "▁"))
        let letter = try #require(tokenizer.id(of: "a"))
        let bytes = try [0xE6, 0xBC, 0xA2].map {
            try #require(tokenizer.id(of: "<0x\(String($0, radix: 16, uppercase: true))>"))
        }
        var detokenizer = StreamingDetokenizer(tokenizer, skipSpecialTokens: true)
        let pieces = ([space, space, letter] + bytes + [letter]).map { detokenizer.append($0) }
        #expect(pieces == ["", " ", "a", "", "", "", "漢a"])
        #expect(detokenizer.finish() == "")
    }

    @Test func bytesOfATokenAreThoseInTheMiddleOfAText() throws {
        let llama = try Pipeline.named("llama2").tokenizer()
        #expect(llama.id(of: "<0xE6>").map { llama.bytes(of: $0) } == [0xE6])
        #expect(llama.id(of: "▁").map { llama.bytes(of: $0) } == [0x20])
        let bert = try Pipeline.named("bert").tokenizer()
        #expect(bert.id(of: "##a").map { bert.bytes(of: $0) } == [0x61])
        #expect(bert.id(of: "a").map { bert.bytes(of: $0) } == [0x20, 0x61])
    }
}
