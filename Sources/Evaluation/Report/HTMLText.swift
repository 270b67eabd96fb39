/// Text inside of HTML and SVG.
enum HTMLText {
    /// The text with everything that could end an element or an attribute written as a reference.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case "\t", "\n": result.unicodeScalars.append(scalar)
            case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}": result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// A table whose first column stands to the left and all others to the right.
    static func table(header: [String], rows: [[String]]) -> String {
        func row(_ cells: [String], _ element: String) -> String {
            "<tr>" + cells.map { "<\(element)>\(escaped($0))</\(element)>" }.joined() + "</tr>\n"
        }
        return "<div class=\"wide\"><table>\n<thead>\(row(header, "th"))</thead>\n<tbody>\n"
            + rows.map { row($0, "td") }.joined() + "</tbody></table></div>\n"
    }
}
