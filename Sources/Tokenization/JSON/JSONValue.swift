/// A string of a JSON document: a range of `JSONDocument.text`.
struct JSONText {
    let start: Int
    let count: Int

    var range: Range<Int> { start..<start + count }
}

struct JSONMember {
    let key: JSONText
    let value: JSONValue
}

/// A parsed JSON value.
///
/// Strings stay bytes: the keys of a vocabulary are distinct byte strings, while Swift's `String` treats
/// canonically equivalent keys as one.
enum JSONValue {
    case null
    case bool(Bool)
    case number(Double)
    case string(JSONText)
    case array([JSONValue])
    case object([JSONMember])

    var kind: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

/// A JSON file: its root value and the unescaped bytes of all its strings, one after another.
struct JSONDocument {
    let root: JSONValue
    let text: [UInt8]

    func bytes(_ string: JSONText) -> ArraySlice<UInt8> {
        text[string.range]
    }
}
