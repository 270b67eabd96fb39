/// A prompt and the message behind it, cut into rows of a terminal.
package struct ScreenLayout: Sendable, Equatable {
    /// What each row shows, each at most `columns` wide.
    package private(set) var rows: [String]
    package private(set) var cursorRow: Int
    package private(set) var cursorColumn: Int

    /// - Parameters:
    ///   - columns: width of the terminal.
    ///   - height: rows of the terminal; of a longer message the part around the cursor is shown.
    package init(prompt: String, characters: [Character], cursor: Int, columns: Int, height: Int) {
        let columns = max(columns, 2)
        rows = [""]
        cursorRow = 0
        cursorColumn = 0
        var width = 0
        func startRow() {
            rows.append("")
            width = 0
        }
        func place(_ character: Character) {
            let characterWidth = DisplayWidth.columns(of: character)
            if width + characterWidth > columns { startRow() }
            rows[rows.count - 1] += character == "\t" ? Self.tab : String(character)
            width += characterWidth
        }
        prompt.forEach(place)
        for (index, character) in characters.enumerated() {
            if index == cursor { (cursorRow, cursorColumn) = (rows.count - 1, width) }
            if character == "\n" { startRow() } else { place(character) }
        }
        if cursor >= characters.count { (cursorRow, cursorColumn) = (rows.count - 1, width) }
        // Behind a full row the cursor stands at the start of the next one.
        if cursorColumn >= columns {
            cursorRow += 1
            cursorColumn = 0
            if cursorRow == rows.count { rows.append("") }
        }
        keepVisible(height: max(height, 1))
    }

    private mutating func keepVisible(height: Int) {
        guard rows.count > height else { return }
        let first = min(max(0, cursorRow - height + 1), rows.count - height)
        rows = Array(rows[first..<first + height])
        cursorRow -= first
    }

    private static let tab = String(repeating: " ", count: DisplayWidth.tabColumns)
}
