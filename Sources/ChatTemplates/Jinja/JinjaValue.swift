/// A value handed to a template: the JSON types plus the difference between "none" and "not there".
package enum JinjaValue: Sendable, Equatable {
    case undefined
    case none
    case bool(Bool)
    case int(Int)
    case double(Double)
    case string(String)
    case array([JinjaValue])
    case object(JinjaObject)
}

/// String-keyed members in the order they were written, which `tojson` and iteration keep.
package struct JinjaObject: Sendable, Equatable, ExpressibleByDictionaryLiteral {
    /// Key and value pairs; a repeated key takes its last value at its first place, as in Python.
    package var members: [(key: String, value: JinjaValue)]

    package init(_ members: [(key: String, value: JinjaValue)] = []) {
        self.members = members
    }

    package init(dictionaryLiteral elements: (String, JinjaValue)...) {
        members = elements.map { (key: $0.0, value: $0.1) }
    }

    package static func == (left: JinjaObject, right: JinjaObject) -> Bool {
        left.members.elementsEqual(right.members) { $0.key == $1.key && $0.value == $1.value }
    }
}

extension JinjaValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int) { self = .int(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(arrayLiteral elements: JinjaValue...) { self = .array(elements) }
    package init(dictionaryLiteral elements: (String, JinjaValue)...) {
        self = .object(JinjaObject(elements.map { (key: $0.0, value: $0.1) }))
    }
}
