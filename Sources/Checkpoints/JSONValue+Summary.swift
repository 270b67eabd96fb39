internal import JSON

extension JSONValue {
    /// What the value is, for messages: "the string 'abc'".
    var summary: String {
        switch self {
        case .null: "null"
        case .boolean(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        case .string(let text): "the string \(quoted(text.string))"
        case .array(let elements): "a list of \(elements.count)"
        case .object: "an object"
        }
    }
}
