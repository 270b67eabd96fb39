internal import ChatTemplates
internal import JSON

extension Session {
    /// `{"op": "render", "template": SOURCE, "context": {…}, "utcSeconds": 0}`: the text, or the error with
    /// its kind and place in the template.
    func render(_ request: Request) throws -> Answer {
        guard case .object(let members) = request.member("context") else {
            throw ProbeError("request: 'context' must be an object")
        }
        var context: [String: JinjaValue] = [:]
        for member in members {
            context[member.key.string] = JinjaValue(member.value)
        }
        let template = try JinjaTemplate(try request.string("template"))
        let text = try template.render(context, utcSeconds: try request.optionalInt("utcSeconds"))
        return .object([(name: "text", value: .string(text))])
    }

    static func failure(_ error: any Error) -> Answer {
        guard let error = error as? JinjaError else {
            return .object([(name: "error", value: .string("\(error)"))])
        }
        return .object([
            (name: "error", value: .string(error.message)),
            (name: "kind", value: .string("\(error.kind)")),
            (name: "line", value: .int(error.line)),
            (name: "column", value: .int(error.column)),
        ])
    }
}

extension JinjaValue {
    fileprivate init(_ node: JSONNode) {
        switch node.value {
        case .null: self = .none
        case .boolean(let value): self = .bool(value)
        case .integer(let value): self = .int(value)
        case .number(let value): self = .double(value)
        case .string(let text): self = .string(text.string)
        case .array(let elements): self = .array(elements.map { JinjaValue($0) })
        case .object(let members):
            self = .object(JinjaObject(members.map { (key: $0.key.string, value: JinjaValue($0.value)) }))
        }
    }
}
