/// A JSON value. Strings and containers are read from the document when they are used.
package enum JSONValue: Sendable {
    case null
    case boolean(Bool)
    /// A number without fraction or exponent that fits an `Int`.
    case integer(Int)
    /// Any other number; always finite.
    case number(Double)
    case string(JSONText)
    case array(JSONElements)
    case object(JSONMembers)

    /// What the value is, for messages.
    package var kind: String {
        switch self {
        case .null: "null"
        case .boolean: "a boolean"
        case .integer, .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }

    /// The number, of either kind.
    package var double: Double? {
        switch self {
        case .integer(let integer): Double(integer)
        case .number(let number): number
        default: nil
        }
    }
}
