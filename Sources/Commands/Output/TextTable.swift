/// Rows of text in aligned columns: the first column to the left, all others to the right.
package struct TextTable {
    private let widths: [Int]

    /// - Parameter header: the columns' titles, which also set the least width of each column.
    package init(header: [String], leastWidths: [Int] = []) {
        self.header = header
        widths = header.indices.map { index in
            max(header[index].count, index < leastWidths.count ? leastWidths[index] : 0)
        }
    }

    private let header: [String]

    /// The titles as one line.
    package var headerLine: String { line(header) }

    /// One row as a line.
    package func line(_ cells: [String]) -> String {
        let padded = cells.enumerated().map { index, cell in
            let width = index < widths.count ? widths[index] : 0
            return cell.padded(to: width, left: index > 0)
        }
        return padded.joined(separator: "  ").trimmingTrailingSpaces()
    }

    /// A whole table whose columns are as wide as their widest cells.
    package static func lines(header: [String], rows: [[String]]) -> [String] {
        let widths = header.indices.map { column in
            rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        let table = TextTable(header: header, leastWidths: widths)
        return [table.headerLine] + rows.map(table.line)
    }
}

extension String {
    fileprivate func trimmingTrailingSpaces() -> String {
        String(self[..<(lastIndex { $0 != " " }.map(index(after:)) ?? startIndex)])
    }
}
