/// Rows of text in aligned columns.
enum TextColumns {
    /// A table whose first column stands to the left and all others to the right.
    static func lines(header: [String], rows: [[String]]) -> [String] {
        let table = [header] + rows
        let widths = header.indices.map { column in table.map { $0[column].count }.max() ?? 0 }
        return table.map { row in
            zip(row, widths).enumerated()
                .map { column, cell in padded(cell.0, to: cell.1, left: column > 0) }
                .joined(separator: "  ")
        }
    }

    static func padded(_ text: String, to width: Int, left: Bool = false) -> String {
        let padding = String(repeating: " ", count: max(0, width - text.count))
        return left ? padding + text : text + padding
    }

    /// The line without what would move a terminal's cursor or change its colours.
    static func printable(_ line: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in line.unicodeScalars {
            let isControl = scalar.properties.generalCategory == .control
            result.append(isControl ? "\u{FFFD}" : scalar)
        }
        return String(result)
    }
}
