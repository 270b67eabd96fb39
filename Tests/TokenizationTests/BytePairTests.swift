import TestSupport
import Testing
import Tokenization

@Suite struct BytePairTests {
    /// Byte-pair encoding as its definition says it: merge the leftmost pair of the lowest rank, repeat.
    private static func reference(_ word: String, merges: [String]) -> [String] {
        let ranks = merges.enumerated().map { ($1.split(separator: " ").map(String.init), $0) }
        var symbols = word.unicodeScalars.map { String($0) }
        while true {
            var best: (rank: Int, index: Int)?
            for index in symbols.indices.dropLast() {
                let pair = [symbols[index], symbols[index + 1]]
                guard let rank = ranks.first(where: { $0.0 == pair })?.1 else { continue }
                if best.map({ rank < $0.rank }) ?? true { best = (rank, index) }
            }
            guard let index = best?.index else { return symbols }
            symbols[index] += symbols.remove(at: index + 1)
        }
    }

    private static func encode(_ tokenizer: Tokenizer, _ text: String) -> [String] {
        tokenizer.encode(text, addSpecialTokens: false).map { tokenizer.text(of: $0) ?? "?" }
    }

    /// Lengths on both sides of every change of algorithm: single bytes, short words, long words.
    @Test(arguments: [1, 2, 3, 8, 15, 16, 17, 30, 31, 32, 33, 34, 40, 64, 100, 257])
    func mergesByRankThenFromTheLeft(length: Int) throws {
        let merges = [
            "b c", "a b", "a a", "ab a", "aa aa", "c ab", "bc a", "aba aba", "c c", "aaaa a", "bca bca",
        ]
        let tokenizer = try Tokenizer(vocabulary: TinyVocabulary.make(merges: merges))
        var random = SeededGenerator(seed: UInt64(length))
        for _ in 0..<40 {
            let word = String((0..<length).map { _ in "aaabbc".randomElement(using: &random) ?? "a" })
            #expect(Self.encode(tokenizer, word) == Self.reference(word, merges: merges), "\(word)")
        }
    }

    @Test func aMegabyteOfOneLetterEncodesExactly() throws {
        let merges = ["a a", "aa aa", "aaaa aaaa"]
        let tokenizer = try Tokenizer(vocabulary: TinyVocabulary.make(merges: merges))
        let ids = tokenizer.encode(String(repeating: "a", count: 1_000_003), addSpecialTokens: false)
        let eight = try #require(tokenizer.id(of: "aaaaaaaa"))
        #expect(ids.count == 125_000 + 2)
        #expect(ids.dropLast(2).allSatisfy { $0 == eight })
        #expect(tokenizer.decode(ids).utf8.count == 1_000_003)
    }

    /// U+212B is canonically U+00C5, and a dictionary keyed by String would take one for the other.
    @Test func canonicallyEquivalentTokensStayDistinct() throws {
        let tokens = ["\u{212B}", "\u{C5}", "A\u{30A}", "\u{1E9B}\u{323}", "\u{1E9B}\u{323}x"]
        let tokenizer = try Tokenizer(vocabulary: GGUFVocabulary(tokens: tokens))
        for (index, token) in tokens.enumerated() {
            #expect(tokenizer.id(of: token) == Int32(index))
            #expect(tokenizer.text(of: Int32(index))?.codeUnits == token.codeUnits)
        }
        let json = #"""
            {"model": {"type": "BPE", "vocab": {"\u212b": 0, "\u00c5": 1, "A\u030a": 2}, "merges": []},
             "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false},
             "decoder": {"type": "ByteLevel"}}
            """#
        let fromJSON = try Tokenizer(tokenizerJSON: Array(json.utf8))
        #expect(fromJSON.vocabularySize == 3)
        #expect(fromJSON.id(of: "A\u{30A}") == 2)
        #expect(fromJSON.id(of: "\u{C5}") == 1)
    }

    @Test func bytesWithoutATokenAreDropped() throws {
        let tokenizer = try Tokenizer(vocabulary: GGUFVocabulary(tokens: ["a", "b", "ab"], merges: ["a b"]))
        #expect(tokenizer.encode("xaxbx", addSpecialTokens: false) == [2])
        #expect(tokenizer.encode("xyz", addSpecialTokens: false) == [])
    }

    @Test func idsOutsideTheVocabularyStandForNothing() throws {
        let tokenizer = try Tokenizer(vocabulary: TinyVocabulary.make())
        #expect(tokenizer.vocabularySize == 256)
        for id in [Int32.min, -1, 256, 49_152, .max] {
            #expect(tokenizer.bytes(of: id).isEmpty)
            #expect(tokenizer.text(of: id) == nil)
            #expect(!tokenizer.isSpecial(id))
        }
        #expect(tokenizer.decode([-1, 0x61, 256, 0x62, .max]) == "ab")
    }

    @Test func everyByteGoesThereAndBack() throws {
        let tokenizer = try Tokenizer(vocabulary: TinyVocabulary.make())
        for byte in UInt8.min...UInt8.max {
            #expect(tokenizer.bytes(of: Int32(byte)) == [byte])
        }
        let text = "\u{0}\t\r\n \u{7F}é漢😀\u{10FFFF}"
        #expect(tokenizer.encode(text, addSpecialTokens: false).map { UInt8($0) } == text.codeUnits)
    }
}
