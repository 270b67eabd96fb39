import Testing
import Tokenization

@Suite struct NormalizationTests {
    private struct File: Decodable {
        struct Case: Decodable {
            let text: String
            let nfc: String
        }
        let cases: [Case]
    }

    /// Encoding and decoding with a complete vocabulary leaves exactly the normalized text.
    private static func normalized(_ text: String) throws -> String {
        let tokenizer = try Tokenizer(vocabulary: TinyVocabulary.make(pre: "qwen2"))
        return tokenizer.decode(tokenizer.encode(text, addSpecialTokens: false))
    }

    @Test func composesLikeHuggingFace() throws {
        let tokenizer = try Tokenizer(vocabulary: TinyVocabulary.make(pre: "qwen2"))
        let cases = try Fixture.json("normalization.json", as: File.self).cases
        #expect(cases.count > 200)
        for item in cases {
            let composed = tokenizer.decode(tokenizer.encode(item.text, addSpecialTokens: false))
            #expect(composed.codeUnits == item.nfc.codeUnits, "\(item.text.unicodeScalars.map(\.value))")
        }
    }

    /// The standard library compares strings by their normal form: an independent check.
    @Test func hangulSyllablesComposeFromTheirParts() throws {
        for leading in UInt32(0x1100)..<0x1113 {
            for vowel in UInt32(0x1161)..<0x1176 {
                for trailing in [0x11A8, 0x11B5, 0x11C2] as [UInt32] {
                    let text = String(
                        String.UnicodeScalarView([leading, vowel, trailing].compactMap(Unicode.Scalar.init)))
                    let composed = try Self.normalized(text)
                    #expect(composed == text)
                    #expect(composed.unicodeScalars.count == 1)
                }
            }
        }
    }

    @Test(arguments: [
        ("e\u{301}", "\u{E9}"), ("\u{212B}", "\u{C5}"), ("\u{2126}", "\u{3A9}"),
        ("q\u{307}\u{323}", "q\u{323}\u{307}"),
        ("\u{958}", "\u{915}\u{93C}"), ("\u{F900}", "\u{8C48}"),
        ("a\u{315}\u{300}\u{5AE}b", "\u{E0}\u{5AE}\u{315}b"),
        ("\u{301}e", "\u{301}e"), ("\u{AC00}\u{11A8}", "\u{AC01}"), ("\u{AC00}\u{11A7}", "\u{AC00}\u{11A7}"),
    ])
    func composes(text: String, expected: String) throws {
        #expect(try Self.normalized(text).codeUnits == expected.codeUnits)
    }

    @Test func manyMarksOnOneLetterAreOrderedByClassAndKeepTheirOrderWithinIt() throws {
        let above = String(repeating: "\u{307}\u{306}", count: 20_000)
        let below = String(repeating: "\u{323}", count: 20_000)
        #expect(try Self.normalized("漢" + above + below).codeUnits == ("漢" + below + above).codeUnits)
    }

    @Test func onlyTokenizersWithANormalizerNormalize() throws {
        let tokenizer = try Tokenizer(vocabulary: TinyVocabulary.make(pre: "llama-bpe"))
        let ids = tokenizer.encode("e\u{301}", addSpecialTokens: false)
        #expect(tokenizer.decode(ids).codeUnits == "e\u{301}".codeUnits)
    }
}
