internal import JSON

/// What a field of a request may hold. Decoding, and the description that clients read, come from the same value.
package indirect enum FieldKind: Sendable {
    case any
    case boolean
    case string
    case enumeration([String])
    case integer(ClosedRange<Int>)
    case number(ClosedRange<Double>)
    case array(of: FieldKind, count: ClosedRange<Int>)
    case object([RequestField])
    /// Any names, with values of one kind.
    case map(FieldKind)
    /// `false`, which some clients send for "none".
    case off
    case oneOf([FieldKind])

    package static let token = FieldKind.integer(0...Int(Int32.max))
    /// Token ids, of which there is one at least.
    package static let tokens = FieldKind.array(of: token, count: 1...FieldKind.longestList)
    /// More than any list in a body can have.
    package static let longestList = 1 << 26
}

/// What a request says besides the fields that are known.
package struct FieldSurvey: Sendable {
    /// Names of unknown fields, with the path to them, in the order of the text.
    package internal(set) var unknown: [String] = []
}

extension FieldKind {
    /// Refuses a value that is not of this kind.
    /// - Parameter path: the field's name, with those of the objects around it.
    func check(_ node: JSONNode, at path: String, _ survey: inout FieldSurvey) throws(ServingError) {
        switch (self, node.value) {
        case (.any, _), (.boolean, .boolean), (.string, .string), (.off, .boolean(false)): return
        case (.enumeration(let names), .string(let text)):
            if names.contains(where: { text == $0 }) { return }
        case (.integer(let range), _):
            if let integer = node.exactInteger, range.contains(integer) { return }
        case (.number(let range), _):
            if let number = node.double, range.contains(number) { return }
        case (.array(let kind, let count), .array(let elements)):
            guard count.contains(elements.count) else {
                throw .field(
                    path, found: node.shown, expected: "\(count.lowerBound) to \(count.upperBound) elements")
            }
            for (index, element) in elements.enumerated() {
                try kind.check(element, at: "\(path)[\(index)]", &survey)
            }
            return
        case (.object(let fields), .object(let members)):
            return try RequestField.check(members, fields, at: path + ".", &survey)
        case (.map(let kind), .object(let members)):
            for member in members {
                try kind.check(member.value, at: "\(path).\(member.key.string)", &survey)
            }
            return
        case (.oneOf(let kinds), _):
            if let kind = kinds.first(where: { $0.resembles(node) }) {
                return try kind.check(node, at: path, &survey)
            }
        default: break
        }
        throw .field(path, found: node.shown, expected: description)
    }

    /// Whether a value is of this kind as far as its first element tells.
    private func resembles(_ node: JSONNode) -> Bool {
        switch (self, node.value) {
        case (.any, _), (.boolean, .boolean), (.string, .string), (.enumeration, .string),
            (.off, .boolean(false)), (.object, .object), (.map, .object):
            true
        case (.integer, _): node.exactInteger != nil
        case (.number, _): node.isNumber
        case (.array(let kind, let count), .array(let elements)):
            elements.first.map { kind.resembles($0) } ?? count.contains(0)
        case (.oneOf(let kinds), _): kinds.contains { $0.resembles(node) }
        default: false
        }
    }

    /// What may stand here, for messages.
    package var description: String {
        switch self {
        case .any: "any value"
        case .boolean: "true or false"
        case .string: "a string"
        case .enumeration(let names): names.map { "'\($0)'" }.joined(separator: " or ")
        case .integer(let range):
            range.upperBound >= Int(Int32.max)
                ? "a whole number of \(range.lowerBound) or more"
                : "a whole number in \(range.lowerBound)...\(range.upperBound)"
        case .number(let range):
            range.upperBound.isInfinite
                ? "a number of \(range.lowerBound.short) or more"
                : "a number in \(range.lowerBound.short)...\(range.upperBound.short)"
        case .array(let kind, _): "an array of \(kind.description)"
        case .object: "an object"
        case .map(let kind): "an object of \(kind.description)"
        case .off: "false"
        case .oneOf(let kinds): kinds.map(\.description).joined(separator: ", or ")
        }
    }
}

extension JSONNode {
    /// The whole number, however it is spelt.
    var exactInteger: Int? {
        switch value {
        case .integer(let integer): integer
        case .number(let number): Int(exactly: number)
        default: nil
        }
    }

    /// The value for a message: short, and containers by their kind only.
    var shown: String {
        switch value {
        case .null: return "null"
        case .boolean(let value): return "\(value)"
        case .integer(let integer): return "\(integer)"
        case .number(let number): return "\(number)"
        case .string(let text):
            let string = text.string
            return string.count > 40 ? "'\(string.prefix(40))…'" : "'\(string)'"
        case .array(let elements):
            return elements.isEmpty ? "an empty array" : "an array of \(elements.count)"
        case .object: return "an object"
        }
    }
}

extension Double {
    fileprivate var short: String { self == rounded() && abs(self) < 1e15 ? "\(Int(self))" : "\(self)" }
}
