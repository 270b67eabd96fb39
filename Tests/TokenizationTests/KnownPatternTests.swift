import TestSupport
import Testing
import Tokenization

/// Well-known expressions have hand-written matchers; they must agree with the general engine.
@Suite struct KnownPatternTests {
    private static let gpt2 =
        #"'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+"#
    private static let cl100k =
        #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\#(numbers)"#
        + #"| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"#
    private static let numbers = "<numbers>"

    /// As they stand in a JSON string.
    private static let expressions =
        [gpt2]
        + [#"\\p{N}"#, #"\\p{N}{1,2}"#, #"\\p{N}{1,3}"#, #"\\p{N}+"#].map {
            cl100k.replacing(numbers, with: $0)
        }

    /// A byte-level tokenizer without merges would hide where words end: every pair of the vocabulary merges.
    private static func tokenizer(_ expression: String) throws -> Tokenizer {
        let pairs = [
            "aa", "a1", "11", "Ġa", "ĠĠ", "''", "'s", "ss", "ĊĊ", "Ġ1", "..", "a.", "čĊ", "Ċa", ".Ċ", "ĠĊ",
        ]
        var tokens = TinyVocabulary.byteTokens.map { $0 == "\"" || $0 == "\\" ? "\\" + $0 : $0 }
        tokens += pairs
        let vocab = tokens.enumerated().map { "\"\($1)\": \($0)" }.joined(separator: ", ")
        let merges = pairs.map {
            "[\"\($0.unicodeScalars.first ?? "a")\", \"\($0.unicodeScalars.last ?? "a")\"]"
        }
        let json = """
            {"model": {"type": "BPE", "vocab": {\(vocab)}, "merges": [\(merges.joined(separator: ", "))]},
             "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
              {"type": "Split", "pattern": {"Regex": "\(expression)"}, "behavior": "Isolated"},
              {"type": "ByteLevel", "add_prefix_space": false, "use_regex": false}]},
             "decoder": {"type": "ByteLevel"}}
            """
        return try Tokenizer(tokenizerJSON: Array(json.utf8))
    }

    @Test(arguments: expressions)
    func theGeneralEngineGivesTheSameIDs(expression: String) throws {
        let known = try Self.tokenizer(expression)
        let general = try Self.tokenizer("(?:\(expression))")
        let alphabet: [Unicode.Scalar] = [
            "a", "s", "S", "1", "2", " ", " ", "\n", "\r", "\t", "'", "'", ".", "-", "é", "漢", "\u{301}", "½",
            "\u{A0}", "\u{3000}", "\u{17F}", "😀", "\u{200B}", "l", "L", "r", "e", "\u{0}",
        ]
        var random = SeededGenerator(seed: 31)
        var lengths = 0
        for _ in 0..<4000 {
            let scalars = (0..<Int.random(in: 0...24, using: &random)).compactMap { _ in
                alphabet.randomElement(using: &random)
            }
            let text = String(String.UnicodeScalarView(scalars))
            let ids = known.encode(text, addSpecialTokens: false)
            #expect(general.encode(text, addSpecialTokens: false) == ids, "\(text.debugDescription)")
            lengths += text.utf8.count - ids.count
        }
        // Words did merge.
        #expect(lengths > 300)
    }
}
