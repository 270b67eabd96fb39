import Commands
import Testing

@Suite struct TokenTextTests {
    @Test(arguments: [
        ("hello", "'hello'"), (" it's\n", #"' it\'s\n'"#), ("\t\\", #"'\t\\'"#),
        ("\u{200D}\u{301}", #"'\u{200D}\u{301}'"#),
        ("漢字é😀", "'漢字é😀'"), ("", "''"),
    ])
    func piecesAreShownOnOneLine(_ text: String, _ expected: String) {
        #expect(PieceText.quoted(Array(text.utf8)) == expected)
    }

    @Test func bytesThatAreNoWholeCharacterAreShownAsBytes() {
        #expect(PieceText.quoted([0x61, 0xF0, 0x9F, 0x98]) == #"'a\xF0\x9F\x98'"#)
        #expect(PieceText.quoted([0x80, 0x0A]) == #"'\x80\n'"#)
    }

    @Test(arguments: ["1 2 3", "1,2,3", "[1, 2, 3]", "\n1\t2\r\n3\n", "[[1],[2,3]]"])
    func idsAreReadInEverySpelling(_ list: String) throws {
        #expect(try DetokenizeCommand.parse(list, vocabularySize: 4) == [1, 2, 3])
    }

    @Test(arguments: ["4", "-1", "x", "1.5", "99999999999999999999"])
    func whatIsNoIdOfTheVocabularyIsRefused(_ list: String) {
        #expect(
            throws: ToolError.option(name: "token id", found: "'\(list)'", expected: "a number from 0 to 3")
        ) {
            try DetokenizeCommand.parse(list, vocabularySize: 4)
        }
    }
}
