extension StringMethod {
    /// The methods that make strings out of several.
    func rebuild(
        _ text: Text, _ arguments: CallArguments, in interpreter: Interpreter
    ) throws(JinjaError) -> Value {
        switch self {
        case .format:
            var formatter = BraceFormatter(
                interpreter: interpreter, arguments: arguments, escapes: text.isMarkup)
            return .string(try formatter.format(text))
        case .formatMap:
            let bound = try arguments.bind(["mapping"], required: 1, for: rawValue, in: interpreter)
            var named = CallArguments()
            guard case .dictionary(let mapping)? = bound[0] else {
                throw interpreter.failure(.type, "format_map needs a mapping")
            }
            for case (.string(let name), let value) in mapping.entries { named.named.append((name, value)) }
            var formatter = BraceFormatter(
                interpreter: interpreter, arguments: named, escapes: text.isMarkup)
            return .string(try formatter.format(text))
        case .join:
            let bound = try arguments.bind(["iterable"], required: 1, for: rawValue, in: interpreter)
            var pieces: [Text] = []
            for item in try interpreter.elements(of: bound[0] ?? .none) {
                // Markup takes any value, which it escapes.
                pieces.append(
                    text.isMarkup
                        ? try interpreter.text(of: item).escaped
                        : try interpreter.string(item, for: rawValue))
            }
            return .string(try interpreter.join(pieces, separator: text))
        case .replace:
            let bound = try arguments.bind(
                ["old", "new", "count"], required: 2, for: rawValue, in: interpreter)
            let old = try interpreter.string(bound[0] ?? .none, for: rawValue)
            let limit = try interpreter.integer(bound[2], or: -1)
            let replacement =
                text.isMarkup
                ? try interpreter.text(of: bound[1] ?? .none).escaped
                : try interpreter.string(bound[1] ?? .none, for: rawValue)
            return .string(try interpreter.replace(old, with: replacement, in: text, limit: limit))
        case .splitlines:
            let bound = try arguments.bind(["keepends"], for: rawValue, in: interpreter)
            return try interpreter.makeStrings(text.splitLines(keepingEnds: bound[0]?.isTrue ?? false))
        case .partition, .rpartition: return try partition(text, arguments, in: interpreter)
        default: return try split(text, arguments, in: interpreter)
        }
    }

    private func split(
        _ text: Text, _ arguments: CallArguments, in interpreter: Interpreter
    ) throws(JinjaError) -> Value {
        let bound = try arguments.bind(["sep", "maxsplit"], for: rawValue, in: interpreter)
        let maximum = try interpreter.integer(bound[1], or: -1)
        let limit = maximum < 0 ? Int.max : maximum
        guard let separator = try interpreter.optionalString(bound[0], for: rawValue) else {
            let pieces =
                self == .split
                ? text.splitOnWhitespace(limit: limit) : text.splitOnWhitespaceFromEnd(limit: limit)
            return try interpreter.makeStrings(pieces)
        }
        guard !separator.isEmpty else { throw interpreter.failure(.value, "empty separator") }
        let matches =
            self == .split
            ? text.matches(of: separator, limit: limit) : text.matchesFromEnd(of: separator, limit: limit)
        return try interpreter.makeStrings(text.pieces(between: matches, separatorLength: separator.count))
    }

    private func partition(
        _ text: Text, _ arguments: CallArguments, in interpreter: Interpreter
    ) throws(JinjaError) -> Value {
        let bound = try arguments.bind(["sep"], required: 1, for: rawValue, in: interpreter)
        let separator = try interpreter.string(bound[0] ?? .none, for: rawValue)
        guard !separator.isEmpty else { throw interpreter.failure(.value, "empty separator") }
        let match =
            self == .partition
            ? text.firstIndex(of: separator) : text.matchesFromEnd(of: separator, limit: 1).last
        try interpreter.charge(scalars: text.count)
        guard let match else {
            let parts: [Text] = self == .partition ? [text, "", ""] : ["", "", text]
            return try interpreter.makeTuple(parts.map(Value.string))
        }
        let parts = [
            Text(text.scalars[..<match]), separator, Text(text.scalars[(match + separator.count)...]),
        ]
        return try interpreter.makeTuple(parts.map(Value.string))
    }
}

extension Interpreter {
    /// The text of a string argument.
    func string(_ value: Value, for function: String) throws(JinjaError) -> Text {
        switch value {
        case .string(let text): return text
        case .undefined(let undefined): throw failure(using: undefined)
        default: throw failure(.type, "\(function): expected str, found \(value.typeName)")
        }
    }

    /// The text of an optional string argument; none counts as absent.
    func optionalString(_ value: Value?, for function: String) throws(JinjaError) -> Text? {
        guard let value, !value.isNone else { return nil }
        return try string(value, for: function)
    }

    func integer(_ value: Value?, or standard: Int) throws(JinjaError) -> Int {
        guard let value else { return standard }
        guard let integer = value.integer else {
            if case .undefined(let undefined) = value { throw failure(using: undefined) }
            throw failure(.type, "'\(value.typeName)' object cannot be interpreted as an integer")
        }
        return integer
    }

    func join(_ pieces: [Text], separator: Text) throws(JinjaError) -> Text {
        try charge(scalars: separator.count, times: pieces.count)
        try charge(scalars: pieces.reduce(0) { $0 + $1.count })
        return Text(Array(pieces.map(\.scalars).joined(separator: separator.scalars)))
    }

    /// `str.replace`; a negative limit replaces every occurrence.
    func replace(_ old: Text, with new: Text, in text: Text, limit: Int) throws(JinjaError) -> Text {
        let limit = limit < 0 ? Int.max : limit
        let occurrences = old.isEmpty ? text.count + 1 : text.matches(of: old, limit: limit).count
        try charge(scalars: text.count)
        try charge(scalars: new.count, times: min(occurrences, limit))
        return text.replacing(old, with: new, limit: limit)
    }
}
