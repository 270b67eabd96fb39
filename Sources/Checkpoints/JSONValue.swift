/// A parsed JSON value.
///
/// Objects have no repeated names: `JSONParser` refuses them.
enum JSONValue: Sendable, Equatable {
    case null
    case boolean(Bool)
    /// A number without fraction or exponent that fits an `Int`.
    case integer(Int)
    /// Any other number; always finite.
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    /// What the value is, for messages: "the string 'abc'".
    var summary: String {
        switch self {
        case .null: "null"
        case .boolean(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        case .string(let text): "the string \(quoted(text))"
        case .array(let elements): "a list of \(elements.count)"
        case .object: "an object"
        }
    }
}
