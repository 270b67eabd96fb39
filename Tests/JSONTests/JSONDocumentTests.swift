import JSON
import Testing

@Suite struct JSONDocumentTests {
    @Test func keepsOrderAndRepeatedNames() throws {
        let document = try JSONDocument(Array(#"{"b": 1, "a": 2, "b": 3}"#.utf8))
        let members = try #require(document.root.members)
        #expect(members.map(\.key.string) == ["b", "a", "b"])
        #expect(members.compactMap(\.value.double) == [1, 2, 3])
        #expect(members["b"]?.double == 3)
    }

    @Test func keepsCanonicallyEquivalentNamesApart() throws {
        let document = try JSONDocument(Array("{\"\u{E9}\": 1, \"e\u{301}\": 2}".utf8))
        let members = try #require(document.root.members)
        #expect(members.map { Array($0.key.bytes) } == [[0xC3, 0xA9], [0x65, 0xCC, 0x81]])
        #expect(document.firstRepeatedName == nil)
    }

    @Test(arguments: [
        (#""a\"\\\/\b\f\n\r\t""#, "a\"\\/\u{8}\u{C}\n\r\t"),
        (#""\u00e9\ud83d\ude00\u0000""#, "é😀\0"),
        ("\"plain é 😀\"", "plain é 😀"),
    ])
    func unescapesStrings(_ source: String, _ expected: String) throws {
        let document = try JSONDocument(Array(source.utf8))
        let text = try #require(document.root.text)
        #expect(text.string == expected)
        #expect(Array(text.bytes) == Array(expected.utf8))
        #expect(text == expected && !(text == expected + "x") && !(text == "x" + expected))
    }

    @Test(arguments: [
        ("0", 0), ("-0", 0), ("-12", -12), ("9223372036854775807", Int.max),
        ("-9223372036854775808", Int.min),
    ])
    func readsIntegersExactly(_ source: String, _ expected: Int) throws {
        guard case .integer(let integer) = try JSONDocument(Array(source.utf8)).root.value else {
            Issue.record("\(source) is no integer")
            return
        }
        #expect(integer == expected)
    }

    @Test(arguments: [("9223372036854775808", 0x1p63), ("1.5", 1.5), ("1e3", 1000), ("-2.5E-1", -0.25)])
    func readsOtherNumbersAsDoubles(_ source: String, _ expected: Double) throws {
        guard case .number(let number) = try JSONDocument(Array(source.utf8)).root.value else {
            Issue.record("\(source) is no number")
            return
        }
        #expect(number == expected)
    }

    @Test(arguments: [
        ("", 0, "the end"), ("{", 1, "the end"), ("[1,]", 3, "']'"), ("[1 2]", 3, "'2'"),
        (#"{"a" 1}"#, 5, "'1'"), ("01", 0, "'0'"), ("1.", 2, "the end"), ("1e400", 0, "'1'"),
        ("nul", 0, "'n'"),
        (#""\x""#, 2, "'x'"), (#""\ud800""#, 3, "'d'"), ("\"\u{1}\"", 1, "byte 1"), ("\"a", 2, "the end"),
        ("1 1", 2, "'1'"), ("'a'", 0, "'''"),
    ])
    func saysWhereATextIsWrong(_ source: String, _ offset: Int, _ found: String) {
        let error = #expect(throws: JSONSyntaxError.self) { try JSONDocument(Array(source.utf8)) }
        #expect(error?.offset == offset)
        #expect(error?.found == found)
    }

    @Test func refusesBytesThatAreNotUTF8AndNamesTheFirst() {
        let error = #expect(throws: JSONSyntaxError.self) {
            try JSONDocument(Array("\"é".utf8) + [0xFF, UInt8(ascii: "\"")])
        }
        #expect(error?.offset == 3)
    }

    @Test func boundsNesting() throws {
        _ = try JSONDocument(
            Array(String(repeating: "[", count: 64).utf8) + Array(String(repeating: "]", count: 64).utf8))
        #expect(throws: JSONSyntaxError.self) {
            try JSONDocument(Array(repeating: UInt8(ascii: "["), count: 1_000_000))
        }
    }

    @Test func walksContainersWithoutLookingInside() throws {
        let source = #"[[1, [2, {"a": [3]}]], {"b": {"c": 4, "d": []}, "e": 5}, {}, [], "f"]"#
        let elements = try #require(try JSONDocument(Array(source.utf8)).root.elements)
        #expect(elements.map(\.kind) == ["an array", "an object", "an object", "an array", "a string"])
        #expect(elements.count == 5 && !elements.isEmpty && elements.pair == nil)
        let members = try #require(elements.dropFirst().first { _ in true }?.members)
        #expect(members.count == 2)
        #expect(members["e"]?.double == 5 && members["c"] == nil)
        let (one, list) = try #require(elements.first?.elements?.pair)
        #expect(one.double == 1)
        #expect(list.elements?.pair?.1.members?["a"]?.elements?.first?.double == 3)
        #expect(elements.compactMap(\.elements).map(\.isEmpty) == [false, true])
        #expect(elements.compactMap(\.members).map(\.isEmpty) == [false, true])
    }

    @Test func sortsMembersByTheBytesOfTheirNames() throws {
        let source = #"{"b": 0, "\u0061b": 1, "é": 2, "a": 3, "a\n": 4, "": 5, "b": 6, "\u00e8": 7, "ab": 8}"#
        let members = try #require(try JSONDocument(Array(source.utf8)).root.members).sortedByName()
        #expect(members.map(\.key.string) == ["", "a", "a\n", "ab", "ab", "b", "b", "è", "é"])
        #expect(members.compactMap(\.value.double) == [5, 3, 4, 1, 8, 0, 6, 7, 2])
        for (name, value) in [("", 5), ("ab", 8), ("a\n", 4), ("b", 6), ("é", 2)] as [(String, Double)] {
            #expect(members[name]?.double == value)
        }
        for name in ["c", "aa", "a\n\n", "\0"] { #expect(members[name] == nil) }
    }

    @Test(arguments: [
        (#"{"a": 1, "b": {"a": 2}, "c": [{"a": 3}, {"a": 4}]}"#, nil),
        (#"{"a": 1, "a": 2}"#, "a"),
        (#"{"x": [{"b": 1, "c": 2, "\u0062": 3}], "x": 4}"#, "b"),
        (#"{"x": 1, "y": 2, "x": {"z": 1, "z": 2}}"#, "x"),
        (#"{"b": 1, "a": 2, "a": 3, "b": 4}"#, "a"),
        ("[]", nil), ("{}", nil),
    ])
    func namesTheFirstRepeatedName(_ source: String, _ expected: String?) throws {
        #expect(try JSONDocument(Array(source.utf8)).firstRepeatedName?.string == expected)
    }
}
