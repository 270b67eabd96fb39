import Commands
import Testing

@Suite struct LineEditorTests {
    /// Types `keys` and returns the editor and what it asked for last.
    private func type(_ keys: String, history: [String] = []) -> (editor: LineEditor, last: LineEditor.Action)
    {
        var editor = LineEditor(history: InputHistory(entries: history))
        var decoder = KeyDecoder()
        var last = LineEditor.Action.none
        let input = Self.sequences.reduce(keys) { $0.replacing($1.key, with: $1.value) }
        for key in decoder.decode(input.utf8) { last = editor.handle(key) }
        return (editor, last)
    }

    /// The text with `|` where the cursor is.
    private func shown(_ editor: LineEditor) -> String {
        String(editor.characters[..<editor.cursor]) + "|" + String(editor.characters[editor.cursor...])
    }

    /// What a terminal sends for the keys that are written as `<name>`.
    private static let sequences: KeyValuePairs = [
        "<up>": "\u{1B}[A", "<down>": "\u{1B}[B", "<right>": "\u{1B}[C", "<left>": "\u{1B}[D",
        "<home>": "\u{1}", "<end>": "\u{5}", "<delete>": "\u{1B}[3~", "<backspace>": "\u{7F}",
        "<ctrl-c>": "\u{3}", "<ctrl-d>": "\u{4}", "<ctrl-k>": "\u{B}", "<ctrl-l>": "\u{C}",
        "<ctrl-u>": "\u{15}",
        "<ctrl-w>": "\u{17}", "<ctrl-z>": "\u{1A}", "<alt-b>": "\u{1B}b", "<alt-f>": "\u{1B}f",
        "<acute>": "\u{301}", "<paste>": "\u{1B}[200~", "</paste>": "\u{1B}[201~",
    ]

    @Test(arguments: [
        ("hello", "hello|"),
        ("hello<left><left>", "hel|lo"),
        ("hello<left><left>X", "helX|lo"),
        ("hello<home>X", "X|hello"),
        ("hello<home><end>X", "helloX|"),
        ("hello<home><left>", "|hello"),
        ("hello<right>", "hello|"),
        ("hello<backspace><backspace>", "hel|"),
        ("<backspace>", "|"),
        ("hello<home><backspace>", "|hello"),
        ("hello<home><delete>", "|ello"),
        ("hello<delete>", "hello|"),
        ("hello<home><right><ctrl-d>", "h|llo"),
        ("one two three<ctrl-w>", "one two |"),
        ("one two  <ctrl-w>", "one |"),
        ("one<ctrl-w>", "|"),
        ("one two<left><left><ctrl-w>", "one |wo"),
        ("one two<home><ctrl-k>", "|"),
        ("one two<left><left><left><ctrl-k>", "one |"),
        ("one two<left><left><left><ctrl-u>", "|two"),
        ("one two three<alt-b><alt-b>", "one |two three"),
        ("one two three<home><alt-f><alt-f>", "one two| three"),
        ("你好世界<left><left>", "你好|世界"),
        ("你好世界<backspace>", "你好世|"),
        ("👨‍👩‍👧x<left><backspace>", "|x"),
        ("e\u{301}<left>", "|e\u{301}"),
        ("e\u{301}<backspace>", "|"),
        ("ab<left><acute>", "a\u{301}|b"),
        ("one\rtwo", "one\ntwo|"),
        ("one\rtwo<home>", "one\n|two"),
        ("one\rtwo<home><backspace>", "one|two"),
        ("one\rtwo<up>", "one|\ntwo"),
        ("one\rtwo<left><up>X", "onX|e\ntwo"),
        ("a\rlong line<up>", "a|\nlong line"),
        ("long line\ra<up><end><down>", "long line\na|"),
        ("one\rtwo<up><home><down>", "one\n|two"),
        ("你好\rabc<left><up>", "你|好\nabc"),
        ("one\rtwo<up><ctrl-k>", "one|two"),
        ("one\rtwo<home><ctrl-u>", "one\n|two"),
        ("<paste>a\n\nb</paste>", "a\n\nb|"),
        ("xy<left><paste>a\nb</paste>", "xa\nb|y"),
        ("x<ctrl-l>", "x|"),
        ("half<ctrl-c>", "|"),
        ("line\r<left>\r", "line\n|\n"),
    ])
    func editing(keys: String, expected: String) {
        #expect(shown(type(keys).editor) == expected)
    }

    @Test(arguments: [
        ("hello\r\r", LineEditor.Action.submit("hello")),
        ("hello\n\n", .submit("hello")),
        ("one\rtwo\r\r", .submit("one\ntwo")),
        ("hello\r", .redraw),
        ("\r", .none),
        ("   \r\r", .redraw),
        ("<paste>a\n\nb\n</paste>\r", .submit("a\n\nb")),
        ("<paste>a\n\nb\n\n</paste>", .redraw),
        ("<ctrl-c>", .cancelled),
        ("half<ctrl-c>", .cancelled),
        ("half<ctrl-c><ctrl-c>", .leave),
        ("<ctrl-c>x<ctrl-c>", .cancelled),
        ("<ctrl-c>x<backspace><ctrl-c>", .cancelled),
        ("<ctrl-d>", .leave),
        ("x<ctrl-d>", .none),
        ("<ctrl-z>", .suspend),
        ("<ctrl-l>", .clearScreen),
    ])
    func actions(keys: String, expected: LineEditor.Action) {
        #expect(type(keys).last == expected)
    }

    @Test(arguments: [
        ("<up>", "three|"), ("<up><up>", "one\ntwo|"), ("<up><up><up>", "one|\ntwo"),
        ("<up><up><up><up>", "zero|"),
        ("<up><up><up><up><up>", "zero|"), ("dra<up><down>", "dra|"), ("dra<up><up><down><down>", "dra|"),
        ("<up>X<down>", "|"), ("<down>", "|"), ("<up><ctrl-c><up>", "three|"),
    ])
    func upAndDownGoThroughTheHistory(keys: String, expected: String) {
        #expect(shown(type(keys, history: ["zero", "one\ntwo", "three"]).editor) == expected)
    }

    @Test func theEditorIsEmptyAfterSending() {
        let (editor, _) = type("hello\r\r")
        #expect(shown(editor) == "|")
    }
}

@Suite struct InputHistoryTests {
    @Test func keepsTheNewestThousand() {
        var history = InputHistory(entries: (0..<1500).map(String.init))
        #expect(history.entries.count == 1000)
        #expect(history.entries.first == "500")
        history.add("new")
        #expect(history.entries.count == 1000)
        #expect(history.entries.last == "new")
    }

    @Test func doesNotRepeatTheNewest() {
        var history = InputHistory(entries: ["a"])
        let added = ["a", "b", "a"].map { history.add($0) }
        #expect(added == [false, true, true])
        #expect(history.entries == ["a", "b", "a"])
    }
}
