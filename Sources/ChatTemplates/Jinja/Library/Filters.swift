/// What stands behind `|`.
enum Filters {
    static let names: Set<String> = Set(textFilters.keys).union(sequenceFilters.keys).union(valueFilters.keys)
        .union(webFilters.keys)

    typealias Filter = @Sendable (Value, CallArguments, Interpreter) throws(JinjaError) -> Value

    static func apply(
        _ name: String, to value: Value, _ arguments: CallArguments, in interpreter: Interpreter
    ) throws(JinjaError) -> Value {
        guard let filter = filter(named: name) else {
            throw interpreter.failure(.undefined, "no filter named '\(name)'")
        }
        return try filter(value, arguments, interpreter)
    }

    private static func filter(named name: String) -> Filter? {
        valueFilters[name] ?? textFilters[name] ?? sequenceFilters[name] ?? webFilters[name]
    }

    // MARK: - Any value

    static let valueFilters: [String: Filter] = [
        "default": defaultValue, "d": defaultValue, "length": length, "count": length, "string": string,
        "int": int, "float": float, "abs": abs, "round": round, "tojson": tojson, "attr": attr,
        "pprint": pprint,
    ]

    private static let defaultValue: Filter = { value, arguments, interpreter throws(JinjaError) in
        let bound = try arguments.bind(["default_value", "boolean"], for: "default", in: interpreter)
        let replaces = value.isUndefined || (bound[1]?.isTrue ?? false) && !value.isTrue
        return replaces ? bound[0] ?? .emptyString : value
    }

    private static let length: Filter = { value, arguments, interpreter throws(JinjaError) in
        try arguments.refuseAll(for: "length", in: interpreter)
        switch value {
        case .undefined: return .int(0)
        case .string(let text): return .int(text.count)
        case .list(let elements), .tuple(let elements), .view(_, let elements):
            return .int(elements.items.count)
        case .dictionary(let mapping): return .int(mapping.count)
        case .range(let range): return .int(range.count)
        case .loop(let loop): return .int(try loop.count(in: interpreter))
        default: throw interpreter.failure(.type, "object of type '\(value.typeName)' has no len()")
        }
    }

    private static let string: Filter = { value, arguments, interpreter throws(JinjaError) in
        try arguments.refuseAll(for: "string", in: interpreter)
        return .string(try interpreter.text(of: value))
    }

    private static let int: Filter = { value, arguments, interpreter throws(JinjaError) in
        let bound = try arguments.bind(["default", "base"], for: "int", in: interpreter)
        let base = try interpreter.integer(bound[1], or: 10)
        switch value {
        case .undefined(let undefined): throw interpreter.failure(using: undefined)
        case .string(let text):
            if let integer = text.pythonInteger(base: base) { return .int(integer) }
            if let double = text.pythonDouble, let integer = Int(exactly: double.rounded(.towardZero)) {
                return .int(integer)
            }
        case .double(let double):
            if let integer = Int(exactly: double.rounded(.towardZero)) { return .int(integer) }
            guard !double.isFinite else {
                throw interpreter.failure(.value, "the integer does not fit 64 bits")
            }
        default:
            if let integer = value.integer { return .int(integer) }
        }
        return bound[0] ?? .int(0)
    }

    private static let float: Filter = { value, arguments, interpreter throws(JinjaError) in
        let bound = try arguments.bind(["default"], for: "float", in: interpreter)
        if case .undefined(let undefined) = value { throw interpreter.failure(using: undefined) }
        if case .string(let text) = value, let double = text.pythonDouble { return .double(double) }
        return value.double.map(Value.double) ?? bound[0] ?? .double(0)
    }

    private static let abs: Filter = { value, arguments, interpreter throws(JinjaError) in
        try arguments.refuseAll(for: "abs", in: interpreter)
        switch value {
        case .undefined(let undefined): throw interpreter.failure(using: undefined)
        case .double(let double): return .double(double.magnitude)
        default:
            guard let integer = value.integer else {
                throw interpreter.failure(.type, "bad operand type for abs(): '\(value.typeName)'")
            }
            return integer < 0 ? try interpreter.apply(.minus, to: .int(integer)) : .int(integer)
        }
    }

    private static let round: Filter = { value, arguments, interpreter throws(JinjaError) in
        let bound = try arguments.bind(["precision", "method"], for: "round", in: interpreter)
        let precision = try interpreter.integer(bound[0], or: 0)
        let method = try interpreter.optionalString(bound[1], for: "round") ?? "common"
        if case .undefined(let undefined) = value { throw interpreter.failure(using: undefined) }
        guard let double = value.double else {
            throw interpreter.failure(.type, "type \(value.typeName) doesn't define __round__ method")
        }
        switch method {
        case "common":
            guard let integer = value.integer else {
                return .double(double.roundedLikePython(digits: precision))
            }
            guard precision < 0 else { return .int(integer) }
            guard let rounded = integer.rounded(zeros: precision.magnitude) else {
                throw interpreter.failure(.value, "the integer result does not fit 64 bits")
            }
            return .int(rounded)
        case "ceil", "floor":
            // Python multiplies and divides integers without rounding.
            if let integer = value.integer, precision >= 0 { return .double(Double(integer)) }
            let unit = MathFunctions.power(10, Double(precision))
            let scaled = (double * unit).rounded(method == "ceil" ? .up : .down)
            guard scaled.isFinite else {
                throw interpreter.failure(.value, "cannot convert an infinite or undefined number to integer")
            }
            // Python rounds to an integer, which has no negative zero.
            return .double(scaled / unit + 0)
        default:
            throw interpreter.failure(.value, "method must be common, ceil or floor")
        }
    }

    private static let tojson: Filter = { value, arguments, interpreter throws(JinjaError) in
        let bound = try arguments.bind(
            ["ensure_ascii", "indent", "separators", "sort_keys"], for: "tojson", in: interpreter)
        var indentation: Text?
        if case .string(let text)? = bound[1] {
            indentation = text
        } else if let indent = bound[1], !indent.isNone {
            let width = try interpreter.integer(indent, or: 0)
            try interpreter.charge(scalars: width)
            indentation = Text(repeating: " ", count: width)
        }
        var separators: (item: Text, key: Text)?
        if let pair = bound[2], !pair.isNone {
            let parts = try interpreter.elements(of: pair)
            guard parts.count == 2 else { throw interpreter.failure(.value, "separators needs two strings") }
            separators = (
                try interpreter.string(parts[0], for: "tojson"),
                try interpreter.string(parts[1], for: "tojson")
            )
        }
        var writer = JSONWriter(
            interpreter: interpreter, indentation: indentation, separators: separators,
            escapesNonASCII: bound[0]?.isTrue ?? false, sortsKeys: bound[3]?.isTrue ?? false)
        return .string(try writer.write(value))
    }

    private static let pprint: Filter = { value, arguments, interpreter throws(JinjaError) in
        try arguments.refuseAll(for: "pprint", in: interpreter)
        var printer = PrettyPrinter(interpreter: interpreter)
        return .string(try printer.format(value))
    }

    private static let attr: Filter = { value, arguments, interpreter throws(JinjaError) in
        let bound = try arguments.bind(["name"], required: 1, for: "attr", in: interpreter)
        let name = try interpreter.text(of: bound[0] ?? .none)
        if case .dictionary(let mapping) = value, mapping[name] != nil,
            !Methods.exists(name.string, on: value)
        {
            return .undefined("'dict object' has no attribute '\(name.string)'")
        }
        return try interpreter.attribute(name, of: value)
    }
}
