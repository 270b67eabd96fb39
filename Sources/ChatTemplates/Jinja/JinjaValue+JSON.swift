internal import JSON

extension JinjaValue {
    /// The value that a JSON document describes, with members in the order written.
    ///
    /// - Parameter name: what the document is, for the error.
    package init(json: [UInt8], name: String = "the JSON document") throws(ChatTemplateError) {
        do throws(JSONSyntaxError) {
            self.init(try JSONDocument(json).root)
        } catch {
            let line = json.prefix(max(0, error.offset)).count { $0 == 0x0A } + 1
            throw .invalidJSON(
                "\(name) is not valid JSON: line \(line): expected \(error.expected), found \(error.found)")
        }
    }

    private init(_ node: JSONNode) {
        switch node.value {
        case .null: self = .none
        case .boolean(let bool): self = .bool(bool)
        case .integer(let int): self = .int(int)
        case .number(let double): self = .double(double)
        case .string(let text): self = .string(text.string)
        case .array(let elements): self = .array(elements.map { JinjaValue($0) })
        case .object(let members):
            let pairs = members.map { (key: $0.key.string, value: JinjaValue($0.value)) }
            self = .object(JinjaObject(pairs).withoutRepeatedKeys)
        }
    }
}

extension JinjaObject {
    /// A repeated key keeps its first place and takes its last value, as in Python.
    fileprivate var withoutRepeatedKeys: JinjaObject {
        var places: [Text: Int] = [:]
        var kept: [(key: String, value: JinjaValue)] = []
        for member in members {
            let key = Text(member.key)
            if let place = places[key] {
                kept[place].value = member.value
            } else {
                places[key] = kept.count
                kept.append(member)
            }
        }
        return JinjaObject(kept)
    }
}

extension JinjaValue {
    /// The value as Python's `json.dumps(value, ensure_ascii=False)` writes it.
    var pythonJSON: String {
        switch self {
        case .undefined, .none: return "null"
        case .bool(let bool): return bool ? "true" : "false"
        case .int(let int): return String(int)
        case .double(let double): return double.pythonJSON
        case .string(let string): return JSONWriter.quoted(Text(string), escapesNonASCII: false).string
        case .array(let elements): return "[\(elements.map(\.pythonJSON).joined(separator: ", "))]"
        case .object(let object):
            let members = object.members.map {
                "\(JSONWriter.quoted(Text($0.key), escapesNonASCII: false).string): \($0.value.pythonJSON)"
            }
            return "{\(members.joined(separator: ", "))}"
        }
    }
}

extension Double {
    /// As Python's `json.dumps` writes it.
    var pythonJSON: String {
        if isNaN { return "NaN" }
        if isInfinite { return self < 0 ? "-Infinity" : "Infinity" }
        return pythonRepresentation
    }
}
