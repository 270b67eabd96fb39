/// Draws a message being written in place, over what it drew before.
package struct LineRenderer: Sendable {
    private var cursorRow = 0
    private var rowCount = 1

    package init() {}

    /// Terminal output that replaces the rows drawn last by `layout`.
    package mutating func draw(_ layout: ScreenLayout) -> String {
        var output = toFirstRow() + "\u{1B}[J"
        output += layout.rows.joined(separator: "\r\n")
        output += Self.up(layout.rows.count - 1 - layout.cursorRow)
        output += "\r" + Self.right(layout.cursorColumn)
        cursorRow = layout.cursorRow
        rowCount = layout.rows.count
        return output
    }

    /// Terminal output that moves below the rows drawn last.
    package mutating func finish() -> String {
        let down = rowCount - 1 - cursorRow
        self = LineRenderer()
        return (down > 0 ? "\u{1B}[\(down)B" : "") + "\r\n"
    }

    /// Terminal output that empties the screen; the next drawing starts at its top.
    package mutating func clearScreen() -> String {
        self = LineRenderer()
        return "\u{1B}[H\u{1B}[2J"
    }

    private func toFirstRow() -> String { Self.up(cursorRow) + "\r" }

    private static func up(_ rows: Int) -> String { rows > 0 ? "\u{1B}[\(rows)A" : "" }

    private static func right(_ columns: Int) -> String { columns > 0 ? "\u{1B}[\(columns)C" : "" }
}
