extension Interpreter {
    /// Python's `str`, which `{{ … }}` prints.
    func text(of value: Value) throws(JinjaError) -> Text {
        switch value {
        case .string(let text): text
        case .undefined: Text()
        default: Text(try representation(of: value))
        }
    }

    /// What an output tag writes: `str`, escaped where autoescaping is on.
    func printed(_ value: Value) throws(JinjaError) -> Text {
        let text = try text(of: value)
        guard escapesOutput, !text.isMarkup else { return text }
        try charge(scalars: text.count)
        return text.escaped
    }

    /// Python's `repr`, which containers print of their elements.
    func representation(of value: Value) throws(JinjaError) -> String {
        try enter()
        defer { leave() }
        try charge()
        switch value {
        case .undefined: return "Undefined"
        case .none: return "None"
        case .bool(let bool): return bool ? "True" : "False"
        case .int(let int): return String(int)
        case .double(let double): return double.pythonRepresentation
        case .string(let text):
            try charge(scalars: text.count)
            return text.isMarkup ? "Markup(\(text.pythonRepresentation))" : text.pythonRepresentation
        case .list(let elements): return "[\(try representations(of: elements.items))]"
        case .tuple(let elements):
            let inner = try representations(of: elements.items)
            return elements.items.count == 1 ? "(\(inner),)" : "(\(inner))"
        case .dictionary(let mapping): return try representation(of: mapping)
        case .range(let range):
            let step = range.step == 1 ? "" : ", \(range.step)"
            return "range(\(range.start), \(range.stop)\(step))"
        case .view(let view, let elements):
            return "\(view.rawValue)([\(try representations(of: elements.items))])"
        case .iterator: return "<generator object>"
        case .namespace(let namespace): return "<Namespace \(try representation(of: namespace.attributes))>"
        case .loop(let loop): return "<LoopContext \(loop.index0 + 1)/\(try loop.count(in: self))>"
        case .cycler: return "<Cycler>"
        case .callable(let callable): return representation(of: callable)
        }
    }

    private func representations(of values: [Value]) throws(JinjaError) -> String {
        var result = ""
        for (index, value) in values.enumerated() {
            if index > 0 { result += ", " }
            result += try representation(of: value)
            try charge(scalars: 2)
        }
        return result
    }

    private func representation(of mapping: Mapping) throws(JinjaError) -> String {
        var result = "{"
        for (index, entry) in mapping.entries.enumerated() {
            if index > 0 { result += ", " }
            result += try representation(of: entry.key)
            result += ": "
            result += try representation(of: entry.value)
            try charge(scalars: 4)
        }
        return result + "}"
    }

    private func representation(of callable: Callable) -> String {
        switch callable {
        case .macro(let macro):
            "<Macro \(macro.definition.name.map { Text($0).pythonRepresentation } ?? "anonymous")>"
        case .method(let receiver, let name): "<built-in method \(name) of \(receiver.typeName) object>"
        case .global(let function): "<function \(function.rawValue)>"
        case .joiner: "<Joiner>"
        }
    }
}
