import Commands
import Testing

@Suite struct ScreenLayoutTests {
    private func layout(_ text: String, cursor: Int? = nil, columns: Int = 10, height: Int = 5)
        -> ScreenLayout
    {
        let characters = Array(text)
        return ScreenLayout(
            prompt: "> ", characters: characters, cursor: cursor ?? characters.count, columns: columns,
            height: height)
    }

    @Test(arguments: [
        ("", ["> "], 0, 2),
        ("abc", ["> abc"], 0, 5),
        ("12345678", ["> 12345678", ""], 1, 0),
        ("123456789", ["> 12345678", "9"], 1, 1),
        ("one\ntwo", ["> one", "two"], 1, 3),
        ("one\n", ["> one", ""], 1, 0),
        ("你好吗你好", ["> 你好吗你", "好"], 1, 2),
        ("a你好吗你好", ["> a你好吗", "你好"], 1, 4),
        ("\tx", ["> " + "    x"], 0, 7),
        ("12345678\nx", ["> 12345678", "x"], 1, 1),
    ])
    func rowsAreFilledToTheWidth(text: String, rows: [String], cursorRow: Int, cursorColumn: Int) {
        let result = layout(text)
        #expect(result.rows == rows)
        #expect(result.cursorRow == cursorRow)
        #expect(result.cursorColumn == cursorColumn)
    }

    @Test func theCursorIsWhereItsCharacterIs() {
        let result = layout("你好吗你好", cursor: 2)
        #expect((result.cursorRow, result.cursorColumn) == (0, 6))
        let wrapped = layout("0123456789", cursor: 9)
        #expect((wrapped.cursorRow, wrapped.cursorColumn) == (1, 1))
        let beforeBreak = layout("12345678\nx", cursor: 8)
        #expect((beforeBreak.cursorRow, beforeBreak.cursorColumn) == (1, 0))
    }

    @Test func aLongMessageShowsThePartAroundTheCursor() {
        let text = (0..<20).map(String.init).joined(separator: "\n")
        let atEnd = layout(text)
        #expect(atEnd.rows == ["15", "16", "17", "18", "19"])
        #expect(atEnd.cursorRow == 4)
        let atStart = layout(text, cursor: 0)
        #expect(atStart.rows == ["> 0", "1", "2", "3", "4"])
        #expect(atStart.cursorRow == 0)
    }

    @Test func noRowIsWiderThanTheTerminal() {
        for columns in 2...12 {
            for row in layout("写一首 春天 的诗 with words", columns: columns, height: 100).rows {
                #expect(DisplayWidth.columns(of: row) <= columns)
            }
        }
    }

    @Test func drawingGoesBackToTheFirstRowOfTheLast() {
        var renderer = LineRenderer()
        #expect(renderer.draw(layout("one\ntwo")) == "\r\u{1B}[J> one\r\ntwo\r\u{1B}[3C")
        #expect(
            renderer.draw(layout("one\ntwo", cursor: 1))
                == "\u{1B}[1A\r\u{1B}[J> one\r\ntwo\u{1B}[1A\r\u{1B}[3C")
        #expect(renderer.finish() == "\u{1B}[1B\r\n")
        #expect(renderer.draw(layout("")) == "\r\u{1B}[J> \r\u{1B}[2C")
    }
}
