/// A value to be written as JSON, with members in the order they are given.
indirect enum JSONOutput {
    case null
    case boolean(Bool)
    case integer(Int)
    /// What is no finite number is written as null.
    case number(Double)
    case string(String)
    case array([JSONOutput])
    case object([(name: String, value: JSONOutput)])

    init(_ text: String?) { self = text.map(JSONOutput.string) ?? .null }
    init(_ number: Double?) { self = number.map(JSONOutput.number) ?? .null }
    init(_ number: Int?) { self = number.map(JSONOutput.integer) ?? .null }

    /// Indented text that ends with a line feed.
    var text: String {
        var text = ""
        write(to: &text, indentation: 0)
        return text + "\n"
    }

    // MARK: - Internals

    private func write(to text: inout String, indentation: Int) {
        switch self {
        case .null: text += "null"
        case .boolean(let value): text += value ? "true" : "false"
        case .integer(let value): text += "\(value)"
        case .number(let value): text += value.isFinite ? "\(value)" : "null"
        case .string(let value): Self.write(value, to: &text)
        case .array(let values):
            Self.write(values, in: ("[", "]"), to: &text, indentation: indentation) { value, text in
                value.write(to: &text, indentation: indentation + 1)
            }
        case .object(let members):
            Self.write(members, in: ("{", "}"), to: &text, indentation: indentation) { member, text in
                Self.write(member.name, to: &text)
                text += ": "
                member.value.write(to: &text, indentation: indentation + 1)
            }
        }
    }

    private static func write<Element>(
        _ elements: [Element], in brackets: (String, String), to text: inout String, indentation: Int,
        _ writeElement: (Element, inout String) -> Void
    ) {
        text += brackets.0
        for (index, element) in elements.enumerated() {
            text += (index > 0 ? "," : "") + "\n" + String(repeating: "  ", count: indentation + 1)
            writeElement(element, &text)
        }
        if !elements.isEmpty { text += "\n" + String(repeating: "  ", count: indentation) }
        text += brackets.1
    }

    private static func write(_ string: String, to text: inout String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case "\u{0}"..."\u{1F}", "\u{7F}":
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}
