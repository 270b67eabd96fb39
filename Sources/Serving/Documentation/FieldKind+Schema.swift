package import JSON

// What the tables of fields say, as JSON Schema.
extension FieldKind {
    /// The kind as JSON Schema (draft 2020-12, which OpenAPI 3.1 has).
    var schema: JSONOutput {
        switch self {
        case .any: return [:]
        case .boolean: return ["type": "boolean"]
        case .string: return ["type": "string"]
        case .enumeration(let names): return ["type": "string", "enum": .array(names.map { .string($0) })]
        case .integer(let range):
            return [
                "type": "integer", "minimum": .integer(range.lowerBound),
                "maximum": .integer(range.upperBound),
            ]
        case .number(let range):
            return [
                "type": "number", "minimum": .number(range.lowerBound), "maximum": .number(range.upperBound),
            ]
        case .array(let kind, let count):
            let array: JSONOutput = [
                "type": "array", "items": kind.schema, "minItems": .integer(count.lowerBound),
            ]
            return count.upperBound < Self.longestList
                ? array.adding(["maxItems": .integer(count.upperBound)]) : array
        case .object(let fields): return RequestField.schema(of: fields)
        case .map(let kind): return ["type": "object", "additionalProperties": kind.schema]
        case .off: return ["type": "boolean", "enum": [false]]
        case .oneOf(let kinds): return ["anyOf": .array(kinds.map(\.schema))]
        }
    }
}

extension RequestField {
    /// An object with these fields.
    static func schema(of fields: [RequestField]) -> JSONOutput {
        var properties = JSONObjectOutput()
        for field in fields { properties.append(field.name, field.schema) }
        let object: JSONOutput = ["type": "object", "properties": .object(properties)]
        let required = fields.filter(\.isRequired).map { JSONOutput.string($0.name) }
        return required.isEmpty ? object : object.adding(["required": .array(required)])
    }

    private var schema: JSONOutput {
        switch support {
        case .full, .informative:
            let described = kind.schema.adding(["description": .string(summary)])
            return usual.map { described.adding(["default": JSONOutput(json: $0)]) } ?? described
        case .refused(let neutral):
            return [
                "enum": .array(neutral.map { JSONOutput(json: $0) } + [.null]),
                "description": .string("Not supported: \(summary). Only what asks for nothing is taken."),
            ]
        }
    }
}

extension JSONOutput {
    /// The value of a JSON text of ours; `null` when it is none.
    init(json text: String) {
        guard let document = try? JSONDocument(Array(text.utf8)) else {
            self = .null
            return
        }
        self.init(document.root)
    }

    /// A value of a document.
    package init(_ node: JSONNode) {
        switch node.value {
        case .null: self = .null
        case .boolean(let value): self = .boolean(value)
        case .integer(let value): self = .integer(value)
        case .number(let value): self = .number(value)
        case .string(let text): self = .string(text.string)
        case .array(let elements): self = .array(elements.map { JSONOutput($0) })
        case .object(let members):
            var object = JSONObjectOutput()
            for member in members { object.append(member.key.string, JSONOutput(member.value)) }
            self = .object(object)
        }
    }
}
