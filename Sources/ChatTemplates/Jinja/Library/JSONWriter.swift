/// `tojson` as `transformers` defines it: Python's `json.dumps` without HTML escapes, key order kept.
struct JSONWriter {
    let interpreter: Interpreter
    /// One level of indentation; nil writes everything on one line.
    var indentation: Text?
    var itemSeparator: Text
    var keySeparator: Text
    var escapesNonASCII: Bool
    var sortsKeys: Bool

    private var output = Text()

    init(
        interpreter: Interpreter, indentation: Text?, separators: (item: Text, key: Text)?,
        escapesNonASCII: Bool, sortsKeys: Bool
    ) {
        self.interpreter = interpreter
        self.indentation = indentation
        itemSeparator = separators?.item ?? (indentation == nil ? ", " : ",")
        keySeparator = separators?.key ?? ": "
        self.escapesNonASCII = escapesNonASCII
        self.sortsKeys = sortsKeys
    }

    mutating func write(_ value: Value) throws(JinjaError) -> Text {
        try write(value, level: 0)
        return output
    }

    // MARK: - Internals

    private mutating func append(_ text: Text) throws(JinjaError) {
        try interpreter.charge(scalars: text.count)
        output.append(text)
    }

    private mutating func write(_ value: Value, level: Int) throws(JinjaError) {
        try interpreter.enter()
        defer { interpreter.leave() }
        switch value {
        case .string(let text): try write(string: text)
        case .list(let elements), .tuple(let elements): try write(elements.items, level: level)
        case .dictionary(let mapping): try write(mapping, level: level)
        default:
            guard let scalar = Self.scalar(value) else {
                throw interpreter.failure(.type, "Object of type \(value.typeName) is not JSON serializable")
            }
            try append(scalar)
        }
    }

    private static func scalar(_ value: Value) -> Text? {
        switch value {
        case .none: "null"
        case .bool(let bool): bool ? "true" : "false"
        case .int(let int): Text(String(int))
        case .double(let double): Text(double.pythonJSON)
        default: nil
        }
    }

    private mutating func write(_ items: [Value], level: Int) throws(JinjaError) {
        guard !items.isEmpty else { return try append("[]") }
        try append("[")
        for (index, item) in items.enumerated() {
            if index > 0 { try append(itemSeparator) }
            try breakLine(level: level + 1)
            try write(item, level: level + 1)
        }
        try breakLine(level: level)
        try append("]")
    }

    private mutating func write(_ mapping: Mapping, level: Int) throws(JinjaError) {
        guard mapping.count > 0 else { return try append("{}") }
        var entries = mapping.entries
        if sortsKeys {
            let order = try interpreter.sorted(
                entries.indices.map(Value.int), keys: entries.map(\.key), descending: false)
            entries = order.compactMap(\.integer).map { entries[$0] }
        }
        try append("{")
        for (index, entry) in entries.enumerated() {
            if index > 0 { try append(itemSeparator) }
            try breakLine(level: level + 1)
            if case .string(let key) = entry.key {
                try write(string: key)
            } else if let key = Self.scalar(entry.key) {
                try write(string: key)
            } else {
                throw interpreter.failure(
                    .type, "keys must be str, int, float, bool or None, not \(entry.key.typeName)")
            }
            try append(keySeparator)
            try write(entry.value, level: level + 1)
        }
        try breakLine(level: level)
        try append("}")
    }

    private mutating func breakLine(level: Int) throws(JinjaError) {
        guard let indentation else { return }
        try append("\n")
        for _ in 0..<level { try append(indentation) }
    }

    private mutating func write(string text: Text) throws(JinjaError) {
        try append(Self.quoted(text, escapesNonASCII: escapesNonASCII))
    }

    static func quoted(_ text: Text, escapesNonASCII: Bool) -> Text {
        var escaped = Text("\"")
        for scalar in text.scalars {
            switch scalar {
            case "\"": escaped.append("\\\"")
            case "\\": escaped.append("\\\\")
            case "\n": escaped.append("\\n")
            case "\r": escaped.append("\\r")
            case "\t": escaped.append("\\t")
            case "\u{08}": escaped.append("\\b")
            case "\u{0C}": escaped.append("\\f")
            default:
                if scalar.value < 0x20 || (escapesNonASCII && !scalar.isASCII) {
                    for unit in String(scalar).utf16 {
                        let digits = String(unit, radix: 16)
                        escaped.append(Text("\\u" + String(repeating: "0", count: 4 - digits.count) + digits))
                    }
                } else {
                    escaped.append(scalar: scalar)
                }
            }
        }
        escaped.append("\"")
        return escaped
    }
}
