import TestSupport
import Testing
import Tokenization

@Suite struct StreamingDetokenizerTests {
    private static func stream(_ tokenizer: Tokenizer, _ ids: [Int32], skipSpecialTokens: Bool) -> [String] {
        var detokenizer = StreamingDetokenizer(tokenizer, skipSpecialTokens: skipSpecialTokens)
        return ids.map { detokenizer.append($0) } + [detokenizer.finish()]
    }

    @Test func aCharacterComesOutWithItsLastByte() throws {
        let tokenizer = try Tokenizer(vocabulary: TinyVocabulary.make())
        let ids = "aé漢😀".utf8.map { Int32($0) }
        let pieces = Self.stream(tokenizer, ids, skipSpecialTokens: false)
        #expect(pieces == ["a", "", "é", "", "", "漢", "", "", "", "😀", ""])
    }

    @Test(arguments: Fixture.tokenizerNames, [true, false])
    func piecesJoinToTheDecodedText(name: String, skipSpecialTokens: Bool) throws {
        let tokenizer = try Fixture.tokenizer(name)
        let golden = try Fixture.golden(name)
        for ids in golden.cases.map(\.special) + golden.decodes.map(\.ids) {
            let whole = tokenizer.decode(ids, skipSpecialTokens: skipSpecialTokens)
            let pieces = Self.stream(tokenizer, ids, skipSpecialTokens: skipSpecialTokens)
            #expect(pieces.joined().codeUnits == whole.codeUnits, "\(ids)")
        }
    }

    /// Bytes near the edges of what UTF-8 allows, in random order.
    @Test func anyBytesJoinToTheDecodedText() throws {
        let tokenizer = try Tokenizer(vocabulary: TinyVocabulary.make())
        let edges: [UInt8] = [
            0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC,
            0xED,
            0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF,
        ]
        var random = SeededGenerator(seed: 11)
        for _ in 0..<20_000 {
            let ids = (0..<Int.random(in: 1...12, using: &random)).compactMap { _ in
                edges.randomElement(using: &random).map { Int32($0) }
            }
            let pieces = Self.stream(tokenizer, ids, skipSpecialTokens: true)
            #expect(pieces.joined().codeUnits == tokenizer.decode(ids).codeUnits, "\(ids)")
        }
    }

    /// Text that is valid as a whole never shows a replacement character on the way.
    @Test func validTextNeverShowsAReplacementCharacter() throws {
        let tokenizer = try Tokenizer(vocabulary: TinyVocabulary.make())
        var random = SeededGenerator(seed: 12)
        for _ in 0..<500 {
            let scalars = (0..<20).compactMap { _ in
                Unicode.Scalar(
                    UInt32.random(in: 0...0x10FFFF, using: &random)
                        >> UInt32.random(in: 0...14, using: &random))
            }
            let text = String(String.UnicodeScalarView(scalars.filter { $0 != "\u{FFFD}" }))
            let pieces = Self.stream(tokenizer, text.utf8.map { Int32($0) }, skipSpecialTokens: false)
            #expect(!pieces.contains { $0.unicodeScalars.contains("\u{FFFD}") })
            #expect(pieces.joined().codeUnits == text.codeUnits)
        }
    }

    @Test func skippedAndUnknownTokensDoNotBreakACharacter() throws {
        let tokenizer = try Tokenizer(vocabulary: TinyVocabulary.make(controls: ["<s>"]))
        let ids: [Int32] = [0xE6, 256, 0xBC, 99_999, 0xA2]
        #expect(Self.stream(tokenizer, ids, skipSpecialTokens: true).joined() == "漢")
        let pieces = Self.stream(tokenizer, ids, skipSpecialTokens: false)
        #expect(pieces.joined() == tokenizer.decode(ids, skipSpecialTokens: false))
    }

    @Test func anUnfinishedCharacterAtTheEndIsReplaced() throws {
        let tokenizer = try Tokenizer(vocabulary: TinyVocabulary.make())
        #expect(
            Self.stream(tokenizer, [0x61, 0xE6, 0xBC], skipSpecialTokens: true) == ["a", "", "", "\u{FFFD}"])
    }
}
