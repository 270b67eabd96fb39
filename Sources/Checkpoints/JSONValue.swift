internal import JSON

/// A parsed JSON value.
///
/// Objects have no repeated names: a safetensors header that describes a tensor twice must be refused.
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

extension JSONValue {
    /// An object in the file has a name twice.
    struct RepeatedName: Error {
        let name: String
    }

    init(_ document: JSONDocument) throws(RepeatedName) {
        self = try Self.value(document.root, document)
    }

    private static func value(_ node: JSONNode, _ document: JSONDocument) throws(RepeatedName) -> JSONValue {
        switch node {
        case .null: return .null
        case .boolean(let value): return .boolean(value)
        case .integer(let value): return .integer(value)
        case .number(let value): return .number(value)
        case .string(let text): return .string(document.string(text))
        case .array(let elements):
            var values: [JSONValue] = []
            values.reserveCapacity(elements.count)
            for element in elements { values.append(try value(element, document)) }
            return .array(values)
        case .object(let members):
            var values: [String: JSONValue] = Dictionary(minimumCapacity: members.count)
            for member in members {
                let name = document.string(member.key)
                guard values.updateValue(try value(member.value, document), forKey: name) == nil else {
                    throw RepeatedName(name: name)
                }
            }
            return .object(values)
        }
    }
}
