/// Python's `str.format`, with lookups as restricted as the template's own.
struct BraceFormatter {
    let interpreter: Interpreter
    let arguments: CallArguments
    /// Whether the fields are escaped, because the format is markup.
    let escapes: Bool
    private var nextArgument = 0
    private var usesNumbers: Bool?

    init(interpreter: Interpreter, arguments: CallArguments, escapes: Bool) {
        self.escapes = escapes
        self.interpreter = interpreter
        self.arguments = arguments
    }

    /// Replacement fields may stand inside a field's format, but not inside those, as in Python.
    mutating func format(_ format: Text, depth: Int = 2) throws(JinjaError) -> Text {
        guard depth >= 0 else { throw interpreter.failure(.value, "Max string recursion exceeded") }
        try interpreter.charge(scalars: format.count)
        var output = Text()
        var index = 0
        while index < format.count {
            let scalar = format.scalars[index]
            let isDoubled = index + 1 < format.count && format.scalars[index + 1] == scalar
            if scalar == "{" || scalar == "}", isDoubled {
                output.append(scalar: scalar)
                index += 2
            } else if scalar == "{" {
                let end = try endOfField(in: format, from: index + 1)
                let field = try formatField(Text(format.scalars[(index + 1)..<end]), depth: depth)
                output.append(escapes && depth == 2 ? field.escaped : field)
                index = end + 1
            } else if scalar == "}" {
                throw interpreter.failure(.value, "Single '}' encountered in format string")
            } else {
                output.append(scalar: scalar)
                index += 1
            }
        }
        return output
    }

    // MARK: - Internals

    private func endOfField(in format: Text, from start: Int) throws(JinjaError) -> Int {
        var depth = 1
        for index in start..<format.count {
            if format.scalars[index] == "{" { depth += 1 }
            if format.scalars[index] == "}" { depth -= 1 }
            if depth == 0 { return index }
        }
        throw interpreter.failure(.value, "Single '{' encountered in format string")
    }

    private mutating func formatField(_ field: Text, depth: Int) throws(JinjaError) -> Text {
        var name = field.scalars[...]
        var spec = Text()
        var conversion: Unicode.Scalar?
        if let end = endOfName(in: field) {
            name = field.scalars[..<end]
            var rest = field.scalars[end...]
            if rest.first == "!" {
                rest = rest.dropFirst()
                conversion = rest.popFirst()
                guard conversion != nil, rest.isEmpty || rest.first == ":" else {
                    throw interpreter.failure(.value, "expected ':' after conversion specifier")
                }
            }
            spec = Text(rest.dropFirst())
        }
        var value = try lookUp(Text(name))
        switch conversion {
        case nil: break
        case "s": value = .string(try interpreter.text(of: value))
        case "r": value = .string(Text(try interpreter.representation(of: value)))
        case "a": value = .string(Text(try interpreter.representation(of: value)).asciiEscaped)
        default: throw interpreter.failure(.value, "Unknown conversion specifier in format string")
        }
        return try apply(try format(spec, depth: depth - 1), to: value)
    }

    private func endOfName(in field: Text) -> Int? {
        var isInBrackets = false
        for (index, scalar) in field.scalars.enumerated() {
            if scalar == "[" { isInBrackets = true }
            if scalar == "]" { isInBrackets = false }
            if !isInBrackets, scalar == "!" || scalar == ":" { return index }
        }
        return nil
    }

    private mutating func lookUp(_ name: Text) throws(JinjaError) -> Value {
        let end = name.scalars.firstIndex { $0 == "." || $0 == "[" } ?? name.count
        var value = try argument(Text(name.scalars[..<end]))
        var rest = name.scalars[end...]
        while let opening = rest.popFirst() {
            if opening == "." {
                let part = rest.prefix { $0 != "." && $0 != "[" }
                rest = rest.dropFirst(part.count)
                value = try interpreter.attribute(Text(part), of: value)
            } else if opening == "[" {
                let part = rest.prefix { $0 != "]" }
                rest = rest.dropFirst(part.count + 1)
                let key = Text(part)
                value = try interpreter.item(Int(key.string).map(Value.int) ?? .string(key), of: value)
            } else {
                throw interpreter.failure(.value, "Only '.' or '[' may follow ']' in format field specifier")
            }
        }
        return value
    }

    private mutating func argument(_ name: Text) throws(JinjaError) -> Value {
        let number = name.isEmpty ? nil : Int(name.string)
        if name.isEmpty || number != nil {
            let isNumbered = number != nil
            guard usesNumbers ?? isNumbered == isNumbered else {
                throw interpreter.failure(.value, "cannot mix manual and automatic field numbering")
            }
            usesNumbers = isNumbered
            let index = number ?? nextArgument
            nextArgument += isNumbered ? 0 : 1
            guard arguments.positional.indices.contains(index) else {
                throw interpreter.failure(
                    .value, "Replacement index \(index) out of range for positional args tuple")
            }
            return arguments.positional[index]
        }
        guard let value = arguments.named.first(where: { $0.name == name })?.value else {
            throw interpreter.failure(.value, "the format names '\(name.string)', which is not given")
        }
        return value
    }

    private func apply(_ spec: Text, to value: Value) throws(JinjaError) -> Text {
        if spec.isEmpty { return try interpreter.text(of: value) }
        var format = try parse(spec)
        switch value {
        case .string(var text):
            guard format.conversion == nil || format.conversion == "s" else {
                throw unknownCode(format, value)
            }
            if format.isZeroPadded { format.alignment = nil }
            guard !format.hasSign, !format.isAlternate, format.alignment != "=", format.grouping == nil else {
                throw interpreter.failure(
                    .value, "a sign, '#', '=' and ',' are not allowed in the format of a string")
            }
            if let precision = format.precision { text = Text(text.scalars.prefix(precision)) }
            return try interpreter.pad(text, format, standard: "<")
        case .double(let double):
            guard Self.doubleCodes.contains(format.conversion ?? "g") else {
                throw unknownCode(format, value)
            }
            guard format.grouping == nil || format.conversion != "n" else { throw cannotGroup(format) }
            return try interpreter.format(double, format)
        default:
            guard let integer = value.integer else {
                throw interpreter.failure(.type, "unsupported format string passed to \(value.typeName)")
            }
            switch format.conversion {
            case nil, "d", "n", "x", "X", "o", "b":
                let isDecimal = format.conversion == nil || format.conversion == "d"
                guard
                    format.grouping == nil || isDecimal || format.grouping == "_" && format.conversion != "n"
                else { throw cannotGroup(format) }
                guard format.precision == nil else {
                    throw interpreter.failure(.value, "Precision not allowed in integer format specifier")
                }
                return try interpreter.format(integer, format)
            case "c":
                guard !format.hasSign, !format.isAlternate, format.precision == nil, format.grouping == nil
                else {
                    throw interpreter.failure(
                        .value, "a sign, '#', ',' and a precision are not allowed with 'c'")
                }
                format.conversion = nil
                guard let code = UInt32(exactly: integer), let scalar = Unicode.Scalar(code) else {
                    throw interpreter.failure(.value, "%c arg is not a Unicode scalar value")
                }
                return try interpreter.pad(Text([scalar]), format, standard: "<")
            case "e", "E", "f", "F", "g", "G", "%": return try interpreter.format(Double(integer), format)
            default: throw unknownCode(format, value)
            }
        }
    }

    private static let doubleCodes: Set<Unicode.Scalar> = ["e", "E", "f", "F", "g", "G", "n", "%"]

    private func cannotGroup(_ format: NumberFormat) -> JinjaError {
        let separator = format.grouping.map(String.init) ?? ""
        let code = format.conversion.map(String.init) ?? ""
        return interpreter.failure(.value, "Cannot specify '\(separator)' with '\(code)'.")
    }

    private func unknownCode(_ format: NumberFormat, _ value: Value) -> JinjaError {
        let code = format.conversion.map { String($0) } ?? ""
        return interpreter.failure(
            .value, "Unknown format code '\(code)' for object of type '\(value.typeName)'")
    }

    /// `[[fill]align][sign][#][0][width][,][.precision][type]`
    private func parse(_ spec: Text) throws(JinjaError) -> NumberFormat {
        var format = NumberFormat()
        var rest = spec.scalars[...]
        let alignments: Set<Unicode.Scalar> = ["<", ">", "=", "^"]
        var hasFill = false
        if rest.count > 1, alignments.contains(rest[rest.startIndex + 1]) {
            hasFill = true
            format.fill = rest.removeFirst()
            format.alignment = rest.removeFirst()
        } else if let first = rest.first, alignments.contains(first) {
            format.alignment = rest.removeFirst()
        }
        if let sign = rest.first, sign == "+" || sign == "-" || sign == " " {
            format.positiveSign = sign == "-" ? "" : String(sign)
            format.hasSign = true
            rest.removeFirst()
        }
        if rest.first == "#" {
            format.isAlternate = true
            rest.removeFirst()
        }
        if rest.first == "0" {
            if !hasFill { format.fill = "0" }
            if format.alignment == nil { (format.alignment, format.isZeroPadded) = ("=", true) }
            rest.removeFirst()
        }
        format.width = try number(&rest) ?? 0
        if let separator = rest.first, separator == "," || separator == "_" {
            format.grouping = separator
            rest.removeFirst()
        }
        if rest.first == "." {
            rest.removeFirst()
            guard let precision = try number(&rest) else {
                throw interpreter.failure(.value, "Format specifier missing precision")
            }
            format.precision = precision
        }
        format.conversion = rest.popFirst()
        guard rest.isEmpty else { throw interpreter.failure(.value, "Invalid format specifier") }
        return format
    }

    private func number(_ rest: inout ArraySlice<Unicode.Scalar>) throws(JinjaError) -> Int? {
        var number: Int?
        while let digit = rest.first?.digit(radix: 10) {
            number = (number ?? 0) * 10 + digit
            guard number ?? 0 <= NumberFormat.highestWidth else {
                throw interpreter.failure(.value, "width or precision above \(NumberFormat.highestWidth)")
            }
            rest.removeFirst()
        }
        return number
    }
}
