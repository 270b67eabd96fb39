import Testing
import Tokenization

@Suite struct PatternTests {
    private func matches(
        _ source: String, _ text: String, _ dialect: Pattern.Dialect = .oniguruma
    ) throws -> [String] {
        let bytes = Array(text.utf8)
        return try Pattern(source, dialect: dialect).matches(in: bytes, 0..<bytes.count)
            .map { String(decoding: bytes[$0], as: UTF8.self) }
    }

    /// What Hugging Face's tokenizers (Oniguruma) find; they do not show empty matches.
    @Test(arguments: [
        ("^b", "a\nb", ["b"]), ("a$", "a\nb", ["a"]), (".", "\n\ra", ["\r", "a"]),
        ("(?m).", "\na", ["\n", "a"]), (#"\h"#, "gaF0", ["a", "F", "0"]),
        ("a{1,2}+", "aaaaa", ["aaaaa"]), ("(?:a{1,2}+)a", "aa", ["aa"]), ("a{2}?", "aaaa", ["aa", "aa"]),
        ("a{2}?b", "aab b", ["aab", "b"]), ("a{2,2}?b", "aab b", ["aab"]), ("a{,2}", "aaaa", ["aa", "aa"]),
        ("a{,}", "a{,}", ["a{,}"]), ("(?i)s", "ſ S", ["ſ", "S"]), ("(?i:k)", "\u{212A}", ["\u{212A}"]),
        ("[]a]", "]a", ["]", "a"]), ("[a&&b]", "ab", []), (#"[\p{L}&&[^a]]"#, "abc", ["b", "c"]),
        (#"\p{^L}"#, "a1", ["1"]), (#"\P{^L}"#, "a1", ["a"]), (#"\p{Han}"#, "漢a", ["漢"]),
        (#"\pL"#, "pLa", ["pL"]), ("a(?i)b|c", "aB C aC", ["aB", "aC"]),
        ("(?<=a|bc)x", "axbcx", ["x", "x"]), ("(?<!a)x", "axbx", ["x"]), ("[[:alpha:]]", "a1", ["a"]),
        (#"\u0041\x{42}\x43"#, "ABC", ["ABC"]), ("[--a]", "a-1", ["a", "-", "1"]), ("}", "}", ["}"]),
        ("]", "]", ["]"]), ("{", "{", ["{"]), ("a{", "a{", ["a{"]), ("(?x) a b # c", "ab", ["ab"]),
        (#"\w"#, "aé1_\u{301}\u{200D}½", ["a", "é", "1", "_", "\u{301}", "½"]),
        (#"\R"#, "\r\n", ["\r\n"]), ("(?i)[^a]", "Ab", ["b"]), (#"(?i:\p{Lu})"#, "aAb", ["A"]),
        (#"(?i:[\p{Lu}])"#, "aAb", ["a", "A", "b"]), ("(?i:[^1-9A&&[^a]])", "aA1b2", ["b"]),
        ("(?>a+)b", "aab", ["aab"]), ("(?>a+)ab", "aab", []), ("a++b|a", "aaab a", ["aaab", "a"]),
        ("(?:ab?)+?c", "ababc", ["ababc"]), ("a|ab", "ab", ["a"]), (#"\bx\B"#, "xy x", ["x"]),
        (#"\s+(?!\S)|\s+"#, "a   b", ["  ", " "]), ("[[:punct:]]", "+a!", ["+", "!"]),
        ("[[:word:]]", "a½", ["a"]), (#"\p{Word}"#, "a½", ["a", "½"]),
    ])
    func findsWhatOnigurumaFinds(source: String, text: String, expected: [String]) throws {
        let found = try matches(source, text).filter { !$0.isEmpty }
        #expect(found.map(\.codeUnits) == expected.map(\.codeUnits))
    }

    @Test(arguments: [
        ("^b", "a\nb", []), ("(?m)^b", "a\nb", ["b"]), ("(?s).", "\n", ["\n"]),
        ("a{2}+a", "aaaa", ["aaa"]), ("a{1,2}+a", "aa", []), (#"\pLx"#, "ax", ["ax"]),
        ("a(?i)b|c", "aB C", ["aB", "C"]), (#"\w"#, "\u{200D}½", ["\u{200D}"]),
        (#"\s++$"#, "a \n ", [" \n "]),
    ])
    func differsWhereRustDoes(source: String, text: String, expected: [String]) throws {
        #expect(try matches(source, text, .rust) == expected)
    }

    @Test func emptyMatchesComeOnceAndNotWhereAMatchEnded() throws {
        #expect(try matches("x*", "axb") == ["", "x", ""])
        let bytes = Array("1234567".utf8)
        let groups = try Pattern(#"(?=(\d{3})+(?!\d))"#).matches(in: bytes, 0..<bytes.count)
        #expect(groups == [1..<1, 4..<4])
    }

    @Test func theRangeIsTheWholeText() throws {
        let bytes = Array("abcabc".utf8)
        #expect(try Pattern("^b|c$|(?<=a)b").matches(in: bytes, 1..<3) == [1..<2, 2..<3])
        #expect(try Pattern("(?<=a)b").matches(in: bytes, 1..<3).isEmpty)
    }

    @Test(arguments: [
        #"(a)\1"#, "(?(1)a|b)", #"\p{Nonsense}"#, "a{2,1}", "*a", "(a", "a)", "[a", #"\xe9"#, "(?<=a+)b",
        "(?s).", "(?:a?)*", "(?:a?){2}", "a{1001}", "(?:(?:a{1000}){1000}){1000}", #"[a-\d]"#, #"[\d-a]"#,
        "[b-a]", #"\q"#,
        "(?<name", "a\\", #"\p{L"#, "a*****", String(repeating: "(", count: 50),
        String(repeating: "[", count: 50), String(repeating: "a", count: 9000), #"\u12"#, #"\x{110000}"#,
        #"\x{D800}"#,
    ])
    func refusesWhatItDoesNotKnow(source: String) {
        #expect(throws: TokenizerError.self) { try Pattern(source, field: "file: field") }
    }

    @Test func errorsNameTheFieldAndThePlace() {
        do {
            _ = try Pattern(#"a\p{Klingon}"#, field: "tokenizer.json: pre_tokenizer.pattern")
            Issue.record("no error")
        } catch {
            #expect(error.description.hasPrefix("tokenizer.json: pre_tokenizer.pattern: found"))
            #expect(error.description.contains("\"Klingon\""))
        }
    }

    /// Each of these takes other engines exponential or quadratic time; here the test ends.
    @Test(arguments: [
        ("(?:a+)+b", "a"), ("(?:a|aa)+b", "a"), ("(?:a|a)+b", "a"), ("(?:a{1,100}){0,9}b", "a"),
        (#"(?:\s+a?)+b"#, " "), ("a*b|c", "a"), ("(?=.*b)a", "a"), ("(?=.*a)a", "a"), ("(?:a++)b", "a"),
        ("(?>a*)b", "a"), (".*?b", "a"), (#"(?=(\d{3})+(?!\d))"#, "1"), ("(?:a*?)b", "a"),
        (#"(?<=a)a*b"#, "a"),
        ("(?:(?:a+)+)+b", "a"), ("(?:aa?){30}a{30}b", "a"),
    ])
    func takesTimeInProportionToTheText(source: String, unit: String) throws {
        let text = String(repeating: unit, count: 5000)
        let found = try matches(source, text)
        #expect(found.count <= 5000)
    }
}
