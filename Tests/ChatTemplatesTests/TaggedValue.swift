import ChatTemplates

/// A template value in a golden file, where `{"object": [[key, value], …]}` keeps the order of members and
/// `{"float": "1.0"}` keeps a float a float.
struct TaggedValue: Decodable {
    let value: JinjaValue

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            value = .none
        } else if let bool = try? container.decode(Bool.self) {
            value = .bool(bool)
        } else if let int = try? container.decode(Int.self) {
            value = .int(int)
        } else if let string = try? container.decode(String.self) {
            value = .string(string)
        } else if let array = try? container.decode([TaggedValue].self) {
            value = .array(array.map(\.value))
        } else {
            value = try container.decode(Tag.self).value
        }
    }

    /// The members of an object, by name.
    func context() throws -> [String: JinjaValue] {
        guard case .object(let object) = value else { throw TaggedValueError.notAnObject }
        return Dictionary(object.members.map { ($0.key, $0.value) }) { _, last in last }
    }

    private struct Tag: Decodable {
        let float: String?
        let object: [[TaggedValue]]?

        var value: JinjaValue {
            get throws {
                if let float, let double = Double(float) { return .double(double) }
                guard let object else { throw TaggedValueError.unknownTag }
                return .object(
                    JinjaObject(
                        try object.map { pair in
                            guard pair.count == 2, case .string(let key) = pair[0].value else {
                                throw TaggedValueError.notAPair
                            }
                            return (key: key, value: pair[1].value)
                        }))
            }
        }
    }
}

enum TaggedValueError: Error {
    case notAnObject, notAPair, unknownTag
}

/// What rendering gave: text, or the kind of failure and, where Jinja's own words are kept, its message.
struct GoldenOutcome: Decodable {
    let output: String?
    let error: String?
    let message: String?
}

extension JinjaError.Kind {
    /// The name of this kind in the golden files.
    var goldenName: String {
        switch self {
        case .syntax: "syntax"
        case .undefined: "undefined"
        case .type: "type"
        case .value: "value"
        case .security: "security"
        case .limit: "limit"
        case .raised: "raised"
        }
    }
}

/// The problem with a rendering compared to its golden, nil when there is none.
func mismatch(
    _ template: String, _ context: [String: JinjaValue], utcSeconds: Int, expected: GoldenOutcome
) -> String? {
    do throws(JinjaError) {
        let output = try JinjaTemplate(template).render(context, utcSeconds: utcSeconds)
        guard let wanted = expected.output else {
            return "expected a failure (\(expected.error ?? "")), rendered \(output.debugDescription)"
        }
        let isSame = output.unicodeScalars.elementsEqual(wanted.unicodeScalars)
        return isSame ? nil : "expected \(wanted.debugDescription), rendered \(output.debugDescription)"
    } catch {
        guard let wanted = expected.error else {
            return "expected \(expected.output?.debugDescription ?? ""), failed: \(error)"
        }
        let kind = wanted == "undefined-name" ? "undefined" : wanted
        guard error.kind.goldenName == kind else { return "expected a failure (\(wanted)), failed: \(error)" }
        guard let message = expected.message, message != error.message else { return nil }
        return "expected the message '\(message)', failed: \(error)"
    }
}
