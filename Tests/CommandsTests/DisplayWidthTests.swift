import Commands
import Testing

@Suite struct DisplayWidthTests {
    @Test(arguments: [
        ("a", 1), ("é", 1), ("e\u{301}", 1), ("你", 2), ("好", 2), ("カ", 2), ("ｶ", 1), ("가", 2), ("Ａ", 2),
        ("、", 2), ("​\u{200B}", 0), ("\u{301}", 0), ("😀", 2), ("👨‍👩‍👧", 2), ("❤️", 2), ("❤", 1), ("⌚", 2),
        ("\u{1112}\u{1161}\u{11AB}", 2), ("—", 1), ("ё", 1), ("ש", 1), ("𠀀", 2), ("\t", 4), ("\u{7}", 0),
    ])
    func oneCharacter(text: String, columns: Int) {
        #expect(DisplayWidth.columns(of: text) == columns)
    }

    @Test func textsAddUp() {
        #expect(DisplayWidth.columns(of: "写一首 poem") == 11)
        #expect(DisplayWidth.columns(of: "") == 0)
    }
}
