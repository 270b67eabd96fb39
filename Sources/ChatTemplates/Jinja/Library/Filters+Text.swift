extension Filters {
    static let textFilters: [String: Filter] = [
        "upper": mapped("upper") { $0.uppercased() }, "lower": mapped("lower") { $0.lowercased() },
        "capitalize": mapped("capitalize") { $0.capitalized() }, "title": mapped("title") { $0.titleWords() },
        "safe": mapped("safe") { $0.markup }, "escape": mapped("escape") { $0.escaped },
        "e": mapped("e") { $0.escaped }, "forceescape": mapped("forceescape") { $0.forciblyEscaped },
        "trim": trim, "replace": replace, "indent": indent, "center": center, "truncate": truncate,
        "format": format, "wordwrap": wordwrap,
        "wordcount": { value, arguments, interpreter throws(JinjaError) in
            try arguments.refuseAll(for: "wordcount", in: interpreter)
            return .int(try interpreter.text(of: value).wordCount)
        },
    ]

    /// A filter without arguments from text to text.
    private static func mapped(_ name: String, _ transform: @escaping @Sendable (Text) -> Text) -> Filter {
        { value, arguments, interpreter throws(JinjaError) in
            try arguments.refuseAll(for: name, in: interpreter)
            let text = try interpreter.text(of: value)
            // Looking up a character's properties takes about as long as a step.
            try interpreter.charge(text.count)
            let result = try interpreter.makeString(transform(text))
            // `title` puts words together anew, and so forgets that they were markup.
            return text.isMarkup && name != "title" ? result.markup : result
        }
    }

    private static let trim: Filter = { value, arguments, interpreter throws(JinjaError) in
        let bound = try arguments.bind(["chars"], for: "trim", in: interpreter)
        let characters = try interpreter.optionalString(bound[0], for: "trim")
        let text = try interpreter.text(of: value)
        let result = try interpreter.makeString(text.stripped(.both, of: characters))
        return text.isMarkup ? result.markup : result
    }

    private static let replace: Filter = { value, arguments, interpreter throws(JinjaError) in
        let bound = try arguments.bind(["old", "new", "count"], required: 2, for: "replace", in: interpreter)
        let limit = try interpreter.integer(bound[2].flatMap { $0.isNone ? nil : $0 }, or: -1)
        let old = try interpreter.text(of: bound[0] ?? .none)
        let new = try interpreter.text(of: bound[1] ?? .none)
        var text = try interpreter.text(of: value)
        guard interpreter.escapesOutput else {
            return .string(try interpreter.replace(old, with: new, in: text, limit: limit))
        }
        if old.isMarkup || new.isMarkup { text = text.escaped }
        guard text.isMarkup else {
            return .string(try interpreter.replace(old, with: new, in: text, limit: limit))
        }
        return .string(try interpreter.replace(old, with: new.escaped, in: text, limit: limit).markup)
    }

    private static let indent: Filter = { value, arguments, interpreter throws(JinjaError) in
        let bound = try arguments.bind(["width", "first", "blank"], for: "indent", in: interpreter)
        let indentation: Text
        if case .string(let text)? = bound[0] {
            indentation = text
        } else {
            let width = try interpreter.integer(bound[0], or: 4)
            try interpreter.charge(scalars: width)
            indentation = Text(repeating: " ", count: width)
        }
        let text = try interpreter.string(value, for: "indent")
        let lines = Text(text.scalars + ["\n"]).splitLines()
        try interpreter.charge(scalars: indentation.count, times: lines.count)
        try interpreter.charge(scalars: text.count)
        let indentsFirst = bound[1]?.isTrue ?? false
        let indentsBlank = bound[2]?.isTrue ?? false
        var result = Text()
        for (index, line) in lines.enumerated() {
            if index > 0 { result.append("\n") }
            if index == 0 ? indentsFirst : indentsBlank || !line.isEmpty { result.append(indentation) }
            result.append(line)
        }
        return .string(text.isMarkup ? result.markup : result)
    }

    private static let center: Filter = { value, arguments, interpreter throws(JinjaError) in
        let bound = try arguments.bind(["width"], for: "center", in: interpreter)
        let width = CallArguments(positional: [bound[0] ?? .int(80)])
        return try StringMethod.center.call(on: try interpreter.text(of: value), width, in: interpreter)
    }

    private static let truncate: Filter = { value, arguments, interpreter throws(JinjaError) in
        let bound = try arguments.bind(
            ["length", "killwords", "end", "leeway"], for: "truncate", in: interpreter)
        let text: Text
        switch value {
        case .list, .tuple, .view, .dictionary, .range, .undefined:
            // Python asks for the length first, and what fits comes back as it is.
            text = Text(repeating: " ", count: try interpreter.elements(of: value).count)
        default: text = try interpreter.string(value, for: "truncate")
        }
        let length = try interpreter.integer(bound[0], or: 255)
        var end = Text("...")
        var endCount = end.count
        if let given = bound[2] {
            if case .string(let text) = given { end = text }
            endCount = try interpreter.elements(of: given).count
        }
        let leeway = try interpreter.integer(bound[3].flatMap { $0.isNone ? nil : $0 }, or: 5)
        guard length >= endCount, leeway >= 0 else {
            throw interpreter.failure(
                .value, "truncate needs a length of at least \(endCount) and a leeway of at least 0")
        }
        if text.count - leeway <= length { return value }
        guard case .string = value else {
            throw interpreter.failure(.type, "truncate: expected str, found \(value.typeName)")
        }
        _ = try bound[2].map { end throws(JinjaError) in try interpreter.string(end, for: "truncate") }
        var kept = Text(text.scalars.prefix(length - end.count))
        if !(bound[1]?.isTrue ?? false), let space = kept.scalars.lastIndex(of: " ") {
            kept = Text(kept.scalars[..<space])
        }
        kept.append(end)
        return try interpreter.makeString(kept)
    }

    private static let wordwrap: Filter = { value, arguments, interpreter throws(JinjaError) in
        let bound = try arguments.bind(
            ["width", "break_long_words", "wrapstring", "break_on_hyphens"], for: "wordwrap", in: interpreter)
        let text = try interpreter.string(value, for: "wordwrap")
        let width = try interpreter.integer(bound[0], or: 79)
        let wrapper = TextWrapper(
            width: width, breaksLongWords: bound[1]?.isTrue ?? true, breaksOnHyphens: bound[3]?.isTrue ?? true
        )
        let newline = try interpreter.optionalString(bound[2], for: "wordwrap") ?? "\n"
        // Each piece is a string several times, which costs about as much as a step each time.
        try interpreter.charge(4 * text.count)
        let lines = text.splitLines()
        guard width > 0 || lines.isEmpty else {
            throw interpreter.failure(.value, "invalid width \(width) (must be > 0)")
        }
        var wrapped: [Text] = []
        for line in lines {
            let parts = wrapper.wrap(line)
            wrapped.append(try interpreter.join(parts, separator: newline))
        }
        return .string(try interpreter.join(wrapped, separator: newline))
    }

    private static let format: Filter = { value, arguments, interpreter throws(JinjaError) in
        guard arguments.positional.isEmpty || arguments.named.isEmpty else {
            throw interpreter.failure(
                .type, "format cannot take positional and keyword arguments at the same time")
        }
        let text = try interpreter.text(of: value)
        guard !arguments.named.isEmpty else {
            return try PercentFormatter.format(
                text, try interpreter.makeTuple(arguments.positional), in: interpreter)
        }
        var mapping = Mapping()
        for (name, member) in arguments.named { mapping.set(name, to: member) }
        return try PercentFormatter.format(text, .dictionary(mapping), in: interpreter)
    }
}

extension Text {
    /// Jinja's `title`: a word starts behind whitespace, '-', or an opening bracket.
    fileprivate func titleWords() -> Text {
        var result = Text()
        var index = 0
        func isSeparator(_ scalar: Unicode.Scalar) -> Bool {
            scalar.isPythonSpace || "-({[<".unicodeScalars.contains(scalar)
        }
        while index < count {
            let separates = isSeparator(scalars[index])
            let end = scalars[index...].firstIndex { isSeparator($0) != separates } ?? count
            result.append(Text([scalars[index]]).uppercased())
            result.append(Text(scalars[(index + 1)..<end]).lowercased())
            index = end
        }
        return result
    }

    fileprivate var wordCount: Int {
        var words = 0
        var isInWord = false
        for scalar in scalars {
            let belongs = scalar.isWord
            if belongs, !isInWord { words += 1 }
            isInWord = belongs
        }
        return words
    }

    /// Python's `int(text, base)`; nil when the text is not an integer or does not fit.
    func pythonInteger(base: Int) -> Int? {
        var digits = stripped().string.lowercased()[...]
        var sign = ""
        if let first = digits.first, first == "-" || first == "+" {
            sign = first == "-" ? "-" : ""
            digits = digits.dropFirst()
        }
        var radix = base
        for (prefix, value) in [("0b", 2), ("0o", 8), ("0x", 16)] where digits.hasPrefix(prefix) {
            guard base == 0 || base == value else { continue }
            radix = value
            digits = digits.dropFirst(2)
            if digits.first == "_" { digits = digits.dropFirst() }
        }
        if radix == 0 {
            guard digits.first != "0" || digits.allSatisfy({ $0 == "0" || $0 == "_" }) else { return nil }
            radix = 10
        }
        guard (2...36).contains(radix), let plain = Self.withoutUnderscores(digits), plain.first != "+",
            plain.first != "-"
        else { return nil }
        return Int(sign + plain, radix: radix)
    }

    /// Python's `float(text)`.
    var pythonDouble: Double? {
        let trimmed = stripped().string.lowercased()
        let unsigned = trimmed.drop { $0 == "+" || $0 == "-" }
        guard trimmed.count - unsigned.count <= 1 else { return nil }
        switch unsigned {
        case "inf", "infinity": return trimmed.first == "-" ? -.infinity : .infinity
        case "nan": return .nan
        default:
            guard unsigned.allSatisfy({ $0.isASCII && ($0.isNumber || "._e+-".contains($0)) }),
                let plain = Self.withoutUnderscores(trimmed[...])
            else { return nil }
            return Double(plain.hasPrefix("+") ? String(plain.dropFirst()) : plain)
        }
    }

    /// Digits with single underscores between them, without these.
    private static func withoutUnderscores(_ digits: Substring) -> String? {
        guard !digits.hasPrefix("_"), !digits.hasSuffix("_"), !digits.isEmpty else { return nil }
        let pieces = digits.split(separator: "_", omittingEmptySubsequences: false)
        return pieces.contains(where: \.isEmpty) ? nil : pieces.joined()
    }
}
