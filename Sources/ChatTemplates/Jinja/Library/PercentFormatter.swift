/// Python's `format % values`.
struct PercentFormatter {
    private let interpreter: Interpreter
    private let format: Text
    private let arguments: [Value]
    private let mapping: Mapping?
    private var index = 0
    private var nextArgument = 0

    static func format(_ format: Text, _ values: Value, in interpreter: Interpreter) throws(JinjaError)
        -> Value
    {
        var formatter = PercentFormatter(format, values, interpreter)
        let result = try formatter.run()
        return .string(format.isMarkup ? result.markup : result)
    }

    private init(_ format: Text, _ values: Value, _ interpreter: Interpreter) {
        self.interpreter = interpreter
        self.format = format
        if case .tuple(let elements) = values { arguments = elements.items } else { arguments = [values] }
        if case .dictionary(let mapping) = values { self.mapping = mapping } else { mapping = nil }
    }

    private mutating func run() throws(JinjaError) -> Text {
        var output = Text()
        try interpreter.charge(scalars: format.count)
        while index < format.count {
            let scalar = format.scalars[index]
            index += 1
            if scalar == "%" {
                output.append(try formatDirective())
            } else {
                output.append(scalar: scalar)
            }
        }
        guard mapping != nil || nextArgument >= arguments.count || isUnusedList else {
            throw interpreter.failure(.type, "not all arguments converted during string formatting")
        }
        return output
    }

    /// Python lets a list and its like go unused, because these have items as mappings do.
    private var isUnusedList: Bool {
        guard nextArgument == 0, arguments.count == 1 else { return false }
        return switch arguments[0] {
        case .list, .range, .undefined: true
        default: false
        }
    }

    private func peek() throws(JinjaError) -> Unicode.Scalar {
        guard index < format.count else { throw interpreter.failure(.value, "incomplete format") }
        return format.scalars[index]
    }

    private mutating func formatDirective() throws(JinjaError) -> Text {
        var spec = NumberFormat()
        let key = try parseKey()
        try parseFlags(into: &spec)
        spec.width = try parseNumber() ?? 0
        if spec.width < 0 {
            spec.alignment = "<"
            spec.width = -spec.width
        }
        if try peek() == "." {
            index += 1
            spec.precision = max(0, try parseNumber() ?? 0)
        }
        while ["h", "l", "L"].contains(try peek()) { index += 1 }
        let conversion = try peek()
        index += 1
        if conversion == "%" { return "%" }
        let value = try argument(key: key)
        return try convert(value, conversion, spec)
    }

    private mutating func parseKey() throws(JinjaError) -> Text? {
        guard try peek() == "(" else { return nil }
        var name = Text()
        var depth = 1
        index += 1
        while true {
            let scalar = try peek()
            index += 1
            if scalar == "(" { depth += 1 }
            if scalar == ")" {
                depth -= 1
                if depth == 0 { return name }
            }
            name.append(scalar: scalar)
        }
    }

    private mutating func parseFlags(into spec: inout NumberFormat) throws(JinjaError) {
        while true {
            switch try peek() {
            case "-": spec.alignment = "<"
            case "0" where spec.alignment != "<":
                spec.alignment = "="
                spec.fill = "0"
            case "0": break
            case "+": spec.positiveSign = "+"
            case " ": if spec.positiveSign.isEmpty { spec.positiveSign = " " }
            case "#": spec.isAlternate = true
            default: return
            }
            if spec.alignment == "<" { spec.fill = " " }
            index += 1
        }
    }

    private mutating func parseNumber() throws(JinjaError) -> Int? {
        if try peek() == "*" {
            index += 1
            guard let number = try argument(key: nil).integer, abs(number) <= NumberFormat.highestWidth else {
                throw interpreter.failure(.type, "* wants an integer of at most \(NumberFormat.highestWidth)")
            }
            return number
        }
        var number: Int?
        while let digit = try peek().digit(radix: 10) {
            number = (number ?? 0) * 10 + digit
            guard number ?? 0 <= NumberFormat.highestWidth else {
                throw interpreter.failure(.value, "width or precision above \(NumberFormat.highestWidth)")
            }
            index += 1
        }
        return number
    }

    private mutating func argument(key: Text?) throws(JinjaError) -> Value {
        if let key {
            guard let mapping else { throw interpreter.failure(.type, "format requires a mapping") }
            guard let value = mapping[key] else {
                throw interpreter.failure(
                    .value, "the format names '\(key.string)', which is not in the mapping")
            }
            return value
        }
        guard nextArgument < arguments.count else {
            throw interpreter.failure(.type, "not enough arguments for format string")
        }
        nextArgument += 1
        return arguments[nextArgument - 1]
    }

    private func convert(
        _ value: Value, _ conversion: Unicode.Scalar, _ spec: NumberFormat
    ) throws(JinjaError) -> Text {
        var spec = spec
        spec.conversion = conversion
        switch conversion {
        case "s", "r", "a":
            var text =
                conversion == "s"
                ? try interpreter.text(of: value) : Text(try interpreter.representation(of: value))
            if conversion == "a" { text = text.asciiEscaped }
            if format.isMarkup { text = text.escaped }
            if let precision = spec.precision { text = Text(text.scalars.prefix(precision)) }
            spec.fill = " "
            return try interpreter.pad(text, spec, standard: ">")
        case "c":
            spec.fill = " "
            return try interpreter.pad(try character(of: value), spec, standard: ">")
        case "d", "i", "u":
            if case .double(let double) = value, double.isFinite {
                return try interpreter.format(whole: double.rounded(.towardZero), spec)
            }
            return try interpreter.format(try integer(of: value, conversion), spec)
        case "x", "X", "o":
            guard let integer = value.integer else {
                throw interpreter.failure(
                    .type, "%\(conversion) format: an integer is required, not \(value.typeName)")
            }
            return try interpreter.format(integer, spec)
        case "e", "E", "f", "F", "g", "G":
            guard let double = value.double else {
                throw interpreter.failure(.type, "must be real number, not \(value.typeName)")
            }
            return try interpreter.format(double, spec)
        default:
            throw interpreter.failure(.value, "unsupported format character '\(conversion)'")
        }
    }

    private func integer(of value: Value, _ conversion: Unicode.Scalar) throws(JinjaError) -> Int {
        if let integer = value.integer { return integer }
        if case .double(let double) = value {
            throw interpreter.failure(
                .value, "cannot convert float \(double.isNaN ? "NaN" : "infinity") to integer")
        }
        throw interpreter.failure(
            .type, "%\(conversion) format: a real number is required, not \(value.typeName)")
    }

    private func character(of value: Value) throws(JinjaError) -> Text {
        if case .string(let text) = value, text.count == 1 { return text }
        if let code = value.integer.flatMap(UInt32.init(exactly:)), let scalar = Unicode.Scalar(code) {
            return Text([scalar])
        }
        throw interpreter.failure(.type, "%c requires an int or a single character")
    }
}
