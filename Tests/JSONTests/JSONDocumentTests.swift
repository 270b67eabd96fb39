import JSON
import Testing

@Suite struct JSONDocumentTests {
    @Test func keepsOrderAndRepeatedNames() throws {
        let document = try JSONDocument.parse(Array(#"{"b": 1, "a": 2, "b": 3}"#.utf8))
        guard case .object(let members) = document.root else {
            Issue.record("no object")
            return
        }
        #expect(members.map { document.string($0.key) } == ["b", "a", "b"])
        #expect(members.compactMap(\.value.double) == [1, 2, 3])
    }

    @Test func keepsCanonicallyEquivalentNamesApart() throws {
        let document = try JSONDocument.parse(Array("{\"\u{E9}\": 1, \"e\u{301}\": 2}".utf8))
        guard case .object(let members) = document.root else {
            Issue.record("no object")
            return
        }
        #expect(Array(document.bytes(members[0].key)) == [0xC3, 0xA9])
        #expect(Array(document.bytes(members[1].key)) == [0x65, 0xCC, 0x81])
    }

    @Test(arguments: [
        (#""a\"\\\/\b\f\n\r\t""#, "a\"\\/\u{8}\u{C}\n\r\t"),
        (#""\u00e9\ud83d\ude00\u0000""#, "é😀\0"),
        ("\"plain é 😀\"", "plain é 😀"),
    ])
    func unescapesStrings(_ source: String, _ expected: String) throws {
        let document = try JSONDocument.parse(Array(source.utf8))
        guard case .string(let text) = document.root else {
            Issue.record("no string")
            return
        }
        #expect(document.string(text) == expected)
    }

    @Test(arguments: [
        ("0", 0), ("-0", 0), ("-12", -12), ("9223372036854775807", Int.max),
        ("-9223372036854775808", Int.min),
    ])
    func readsIntegersExactly(_ source: String, _ expected: Int) throws {
        guard case .integer(let integer) = try JSONDocument.parse(Array(source.utf8)).root else {
            Issue.record("\(source) is no integer")
            return
        }
        #expect(integer == expected)
    }

    @Test(arguments: [("9223372036854775808", 0x1p63), ("1.5", 1.5), ("1e3", 1000), ("-2.5E-1", -0.25)])
    func readsOtherNumbersAsDoubles(_ source: String, _ expected: Double) throws {
        guard case .number(let number) = try JSONDocument.parse(Array(source.utf8)).root else {
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
        let error = #expect(throws: JSONSyntaxError.self) { try JSONDocument.parse(Array(source.utf8)) }
        #expect(error?.offset == offset)
        #expect(error?.found == found)
    }

    @Test func refusesBytesThatAreNotUTF8AndNamesTheFirst() {
        let error = #expect(throws: JSONSyntaxError.self) {
            try JSONDocument.parse(Array("\"é".utf8) + [0xFF, UInt8(ascii: "\"")])
        }
        #expect(error?.offset == 3)
    }

    @Test func boundsNesting() throws {
        _ = try JSONDocument.parse(
            Array(String(repeating: "[", count: 64).utf8) + Array(String(repeating: "]", count: 64).utf8))
        #expect(throws: JSONSyntaxError.self) {
            try JSONDocument.parse(Array(repeating: UInt8(ascii: "["), count: 1_000_000))
        }
    }
}
