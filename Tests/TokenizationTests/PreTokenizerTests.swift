import Testing
import Tokenization

@Suite struct PreTokenizerTests {
    /// Splits `text` as `pre` does: every pair of bytes merges, so that a piece of two bytes is one token
    /// and nothing merges across pieces.
    private static func pieces(_ text: String, pre: String) throws -> [String] {
        let letters = Set(text.unicodeScalars.filter(\.isASCII).map { $0 == " " ? "Ġ" : String($0) }).sorted()
        var merges: [String] = []
        for left in letters { for right in letters { merges.append("\(left) \(right)") } }
        let tokenizer = try Tokenizer(vocabulary: TinyVocabulary.make(merges: merges, pre: pre))
        return tokenizer.encode(text, addSpecialTokens: false).map { tokenizer.decode([$0]) }
    }

    @Test(arguments: [
        ("gpt-2", "ab 1", ["ab", " 1"]),
        ("gpt-2", "ab12", ["ab", "12"]),
        ("smollm", "ab 12", ["ab", " ", "1", "2"]),
        ("llama-bpe", "ab 12", ["ab", " ", "12"]),
        ("qwen2", "ab 12", ["ab", " ", "1", "2"]),
        ("gpt-2", "'s'S", ["'s", "'", "S"]),
        ("llama-bpe", "'s'S", ["'s", "'S"]),
        ("gpt-2", "a  b", ["a", " ", " b"]),
        ("gpt-2", "a  ", ["a", "  "]),
        ("llama-bpe", "!a?", ["!a", "?"]),
        ("gpt-2", "!a?", ["!", "a", "?"]),
    ])
    func splitsWhereThePatternDoes(pre: String, text: String, expected: [String]) throws {
        #expect(try Self.pieces(text, pre: pre) == expected)
    }

    /// General categories of characters that Unicode 16 has do not change, so that the standard library
    /// of any later version agrees with the table.
    @Test func scalarClassesAreThoseOfUnicode16() {
        let table = ScalarClassTable.shared
        var checked = 0
        for value in UInt32(0)...0x10FFFF {
            guard let scalar = Unicode.Scalar(value), let age = scalar.properties.age, age.major <= 16 else {
                continue
            }
            checked += 1
            let expected: ScalarClass =
                switch scalar.properties.generalCategory {
                case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
                    .letter
                case .decimalNumber, .letterNumber, .otherNumber: .number
                default: scalar.properties.isWhitespace ? .whitespace : .other
                }
            if table[value] != expected { Issue.record("U+\(String(value, radix: 16)): \(table[value])") }
        }
        #expect(checked > 280_000)
    }
}
