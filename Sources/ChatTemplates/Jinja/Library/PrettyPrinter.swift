/// Python's `pprint.pformat`: members sorted by key, one to a line where a line would pass 80 characters.
struct PrettyPrinter {
    let interpreter: Interpreter

    private static let width = 80
    private var output = Text()

    init(interpreter: Interpreter) {
        self.interpreter = interpreter
    }

    mutating func format(_ value: Value) throws(JinjaError) -> Text {
        try write(value, indent: 0, allowance: 0, level: 0)
        return output
    }

    // MARK: - Internals

    private mutating func append(_ text: Text) throws(JinjaError) {
        try interpreter.charge(scalars: text.count)
        output.append(text)
    }

    /// - Parameters:
    ///   - indent: the column where the value begins.
    ///   - allowance: what stands behind the value's last line.
    private mutating func write(_ value: Value, indent: Int, allowance: Int, level: Int) throws(JinjaError) {
        try interpreter.enter()
        defer { interpreter.leave() }
        let line = try representation(of: value)
        guard line.count > Self.width - indent - allowance else { return try append(line) }
        switch value {
        case .dictionary(let mapping):
            try append("{")
            try write(try sorted(mapping), indent: indent + 1, allowance: allowance + 1, level: level + 1)
            try append("}")
        case .list(let elements):
            try append("[")
            try write(elements.items, indent: indent + 1, allowance: allowance + 1, level: level + 1)
            try append("]")
        case .tuple(let elements) where !elements.isGroup:
            let closing: Text = elements.items.count == 1 ? ",)" : ")"
            try append("(")
            try write(
                elements.items, indent: indent + 1, allowance: allowance + closing.count, level: level + 1)
            try append(closing)
        case .string(let text) where !text.isMarkup && !text.isEmpty:
            try write(text, indent: indent, allowance: allowance, isWhole: level == 0)
        default:
            try append(line)
        }
    }

    private mutating func write(
        _ items: [Value], indent: Int, allowance: Int, level: Int
    ) throws(JinjaError) {
        for (index, item) in items.enumerated() {
            if index > 0 { try append(Text("," + "\n" + String(repeating: " ", count: indent))) }
            let isLast = index == items.count - 1
            try write(item, indent: indent, allowance: isLast ? allowance : 1, level: level)
        }
    }

    private mutating func write(
        _ members: [(key: Value, value: Value)], indent: Int, allowance: Int, level: Int
    ) throws(JinjaError) {
        for (index, member) in members.enumerated() {
            if index > 0 { try append(Text("," + "\n" + String(repeating: " ", count: indent))) }
            let key = try representation(of: member.key)
            try append(key)
            try append(": ")
            let isLast = index == members.count - 1
            try write(
                member.value, indent: indent + key.count + 2, allowance: isLast ? allowance : 1, level: level)
        }
    }

    /// A long string as several, cut behind line breaks and spaces.
    private mutating func write(
        _ text: Text, indent: Int, allowance: Int, isWhole: Bool
    ) throws(JinjaError) {
        let indent = isWhole ? indent + 1 : indent
        let allowance = isWhole ? allowance + 1 : allowance
        // Each part of a line is tried for its length several times.
        try interpreter.charge(text.count.multipliedReportingOverflow(by: 8).partialValue)
        let chunks = chunks(of: text, width: Self.width - indent, allowance: allowance)
        let isParenthesized = isWhole && chunks.count > 1
        if isParenthesized { try append("(") }
        for (index, chunk) in chunks.enumerated() {
            if index > 0 { try append(Text("\n" + String(repeating: " ", count: indent))) }
            try append(chunk)
        }
        if isParenthesized { try append(")") }
    }

    private func chunks(of text: Text, width: Int, allowance: Int) -> [Text] {
        var chunks: [Text] = []
        let lines = text.splitLines(keepingEnds: true)
        for (index, line) in lines.enumerated() {
            let isLastLine = index == lines.count - 1
            let whole = Text(line.pythonRepresentation)
            guard whole.count > width - (isLastLine ? allowance : 0) else {
                chunks.append(whole)
                continue
            }
            let parts = line.wordsWithSpace
            var current = Text()
            for (place, part) in parts.enumerated() {
                let isEnd = isLastLine && place == parts.count - 1
                let candidate = Text(current.scalars + part.scalars)
                if Text(candidate.pythonRepresentation).count > width - (isEnd ? allowance : 0) {
                    if !current.isEmpty { chunks.append(Text(current.pythonRepresentation)) }
                    current = part
                } else {
                    current = candidate
                }
            }
            if !current.isEmpty { chunks.append(Text(current.pythonRepresentation)) }
        }
        return chunks
    }

    // MARK: - On one line

    /// `repr` with the members of dictionaries sorted.
    private func representation(of value: Value) throws(JinjaError) -> Text {
        switch value {
        case .dictionary(let mapping):
            var pieces: [Text] = []
            for (key, member) in try sorted(mapping) {
                pieces.append(
                    Text(
                        try representation(of: key).scalars + [":", " "]
                            + (try representation(of: member)).scalars))
            }
            return Text(["{"] + (try interpreter.join(pieces, separator: ", ")).scalars + ["}"])
        case .list(let elements):
            return Text(["["] + (try representations(of: elements.items)).scalars + ["]"])
        case .tuple(let elements) where !elements.isGroup:
            let comma: [Unicode.Scalar] = elements.items.count == 1 ? [","] : []
            return Text(["("] + (try representations(of: elements.items)).scalars + comma + [")"])
        default: return Text(try interpreter.representation(of: value))
        }
    }

    private func representations(of items: [Value]) throws(JinjaError) -> Text {
        try interpreter.enter()
        defer { interpreter.leave() }
        var pieces: [Text] = []
        for item in items { pieces.append(try representation(of: item)) }
        return try interpreter.join(pieces, separator: ", ")
    }

    private func sorted(_ mapping: Mapping) throws(JinjaError) -> [(key: Value, value: Value)] {
        let places = mapping.entries.indices.map(Value.int)
        // Python orders keys that do not compare by the names of their types.
        let isComparable =
            mapping.entries.allSatisfy { $0.key.double != nil }
            || mapping.entries.allSatisfy { if case .string = $0.key { true } else { false } }
        var keys = mapping.entries.map(\.key)
        if !isComparable {
            // Numbers of all types compare with one another.
            keys = keys.map { .tuple([.string(Text($0.double == nil ? $0.typeName : "float")), $0]) }
        }
        let order = try interpreter.sorted(places, keys: keys, descending: false)
        return order.compactMap(\.integer).map { mapping.entries[$0] }
    }
}

extension Text {
    /// Words, each with the whitespace behind it.
    fileprivate var wordsWithSpace: [Text] {
        var words: [Text] = []
        var start = 0
        while start < count {
            let space = scalars[start...].firstIndex { $0.isPythonSpace } ?? count
            let end = scalars[space...].firstIndex { !$0.isPythonSpace } ?? count
            words.append(Text(scalars[start..<end]))
            start = end
        }
        return words
    }
}
