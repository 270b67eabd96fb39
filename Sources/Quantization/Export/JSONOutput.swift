internal import JSON

/// A JSON text to be written.
package indirect enum JSONOutput: Sendable, Equatable {
    case null
    case boolean(Bool)
    case integer(Int)
    case number(Double)
    case string(String)
    case array([JSONOutput])
    case object([Member])

    package struct Member: Sendable, Equatable {
        package var name: String
        package var value: JSONOutput

        package init(_ name: String, _ value: JSONOutput) {
            self.name = name
            self.value = value
        }
    }

    init(_ node: JSONNode) {
        switch node.value {
        case .null: self = .null
        case .boolean(let value): self = .boolean(value)
        case .integer(let value): self = .integer(value)
        case .number(let value): self = .number(value)
        case .string(let text): self = .string(text.string)
        case .array(let elements): self = .array(elements.map { JSONOutput($0) })
        case .object(let members):
            self = .object(members.map { Member($0.key.string, JSONOutput($0.value)) })
        }
    }

    /// The text, indented by two spaces a level.
    package var text: String { text(indentation: "") + "\n" }

    /// The text in one line.
    var line: String {
        switch self {
        case .array(let elements): "[" + elements.map(\.line).joined(separator: ",") + "]"
        case .object(let members):
            "{" + members.map { Self.quoted($0.name) + ":" + $0.value.line }.joined(separator: ",") + "}"
        default: scalar
        }
    }

    /// Sets a member of an object, or adds it.
    mutating func set(_ name: String, _ value: JSONOutput) {
        guard case .object(var members) = self else { return }
        members.removeAll { $0.name == name }
        members.append(Member(name, value))
        self = .object(members)
    }

    // MARK: - Internals

    private func text(indentation: String) -> String {
        let inner = indentation + "  "
        switch self {
        case .array(let elements) where !elements.isEmpty:
            return "[\n" + elements.map { inner + $0.text(indentation: inner) }.joined(separator: ",\n")
                + "\n"
                + indentation + "]"
        case .object(let members) where !members.isEmpty:
            return "{\n"
                + members.map { inner + Self.quoted($0.name) + ": " + $0.value.text(indentation: inner) }
                .joined(separator: ",\n") + "\n" + indentation + "}"
        default: return line
        }
    }

    private var scalar: String {
        switch self {
        case .null, .array, .object: "null"
        case .boolean(let value): value ? "true" : "false"
        case .integer(let value): String(value)
        case .number(let value): value.isFinite ? String(value) : "null"
        case .string(let value): Self.quoted(value)
        }
    }

    private static func quoted(_ string: String) -> String {
        var result = "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "\u{0}"..<"\u{20}":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
