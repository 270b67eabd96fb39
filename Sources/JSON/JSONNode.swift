/// A string of a JSON document: a range of its unescaped bytes.
package struct JSONText: Sendable, Equatable {
    // 32 bits keep a node at 16 bytes: a hostile file of "[0,0,0…" must not grow to many times its size.
    private let start: UInt32
    private let count: UInt32

    init(_ range: Range<Int>) {
        start = UInt32(range.lowerBound)
        count = UInt32(range.count)
    }

    package var range: Range<Int> { Int(start)..<Int(start) + Int(count) }
}

/// A name and its value, in an object.
package struct JSONMember: Sendable {
    package let key: JSONText
    package let value: JSONNode
}

/// A parsed JSON value.
///
/// Strings stay bytes: the keys of a vocabulary are distinct byte strings, while Swift's `String` treats
/// canonically equivalent keys as one. Members keep the order of the file, repeated names included.
package enum JSONNode: Sendable {
    case null
    case boolean(Bool)
    /// A number without fraction or exponent that fits an `Int`.
    case integer(Int)
    /// Any other number; always finite.
    case number(Double)
    case string(JSONText)
    case array([JSONNode])
    case object([JSONMember])

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

/// A JSON text: its root value and the unescaped bytes of all its strings, one after another.
package struct JSONDocument: Sendable {
    package let root: JSONNode
    let text: [UInt8]

    package func bytes(_ string: JSONText) -> ArraySlice<UInt8> {
        text[string.range]
    }

    package func string(_ string: JSONText) -> String {
        String(decoding: bytes(string), as: UTF8.self)
    }
}

/// Where a JSON text breaks the rules, and which.
package struct JSONSyntaxError: Error, Sendable, Equatable {
    /// Byte in the text, from 0.
    package let offset: Int
    /// The byte there, or the end: "'}'", "byte 0x01", "the end".
    package let found: String
    package let expected: String
}
