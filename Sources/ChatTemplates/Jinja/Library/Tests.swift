/// What stands behind `is`.
enum Tests {
    static let names: Set<String> = Set(types).union(comparisons.keys)

    private static let types = [
        "boolean", "callable", "defined", "divisibleby", "escaped", "even", "false", "filter", "float", "in",
        "integer", "iterable", "lower", "mapping", "none", "number", "odd", "sameas", "sequence", "string",
        "test", "true", "undefined", "upper",
    ]

    private static let comparisons: [String: Expression.ComparisonOperator] = [
        "==": .equal, "eq": .equal, "equalto": .equal, "!=": .notEqual, "ne": .notEqual,
        ">": .greater, "gt": .greater, "greaterthan": .greater, ">=": .greaterOrEqual, "ge": .greaterOrEqual,
        "<": .less, "lt": .less, "lessthan": .less, "<=": .lessOrEqual, "le": .lessOrEqual,
    ]

    static func apply(
        _ name: String, to value: Value, _ arguments: CallArguments, in interpreter: Interpreter
    ) throws(JinjaError) -> Bool {
        if let comparison = comparisons[name] {
            return try interpreter.compare(
                value, comparison, try operand(arguments, of: name, in: interpreter))
        }
        switch name {
        case "in":
            return try interpreter.contains(value, in: try operand(arguments, of: name, in: interpreter))
        case "sameas":
            return try isSame(value, try operand(arguments, of: name, in: interpreter), in: interpreter)
        case "divisibleby":
            let divisor = try operand(arguments, of: name, in: interpreter)
            return try interpreter.isEqual(try interpreter.apply(.remainder, value, divisor), .int(0))
        case "odd", "even":
            try arguments.refuseAll(for: name, in: interpreter)
            let remainder = try interpreter.apply(.remainder, value, .int(2))
            return try interpreter.isEqual(remainder, .int(name == "odd" ? 1 : 0))
        default:
            try arguments.refuseAll(for: name, in: interpreter)
            return try apply(name, to: value, in: interpreter)
        }
    }

    private static func operand(
        _ arguments: CallArguments, of name: String, in interpreter: Interpreter
    ) throws(JinjaError) -> Value {
        try arguments.bind(["other"], required: 1, for: "test '\(name)'", in: interpreter)[0] ?? .none
    }

    private static func apply(
        _ name: String, to value: Value, in interpreter: Interpreter
    ) throws(JinjaError) -> Bool {
        switch (name, value) {
        case ("defined", _): return !value.isUndefined
        case ("undefined", _): return value.isUndefined
        case ("none", _): return value.isNone
        case ("boolean", .bool), ("integer", .int), ("float", .double): return true
        case ("true", .bool(let bool)): return bool
        case ("false", .bool(let bool)): return !bool
        case ("number", _): return value.double != nil
        case ("string", .string), ("mapping", .dictionary): return true
        case ("sequence", _): return isSequence(value)
        case ("iterable", .cycler), ("iterable", .namespace): return false
        case ("iterable", .iterator), ("iterable", .view), ("iterable", .loop): return true
        case ("iterable", _): return isSequence(value)
        case ("callable", .callable), ("callable", .undefined), ("callable", .loop): return true
        case ("escaped", .string(let text)): return text.isMarkup
        case ("lower", _): return try interpreter.text(of: value).isLower
        case ("upper", _): return try interpreter.text(of: value).isUpper
        case ("filter", .string(let text)): return Filters.names.contains(text.string)
        case ("test", .string(let text)): return names.contains(text.string)
        case ("filter", _), ("test", _):
            _ = try interpreter.key(for: value)
            return false
        default:
            guard names.contains(name) else {
                throw interpreter.failure(.undefined, "no test named '\(name)'")
            }
            return false
        }
    }

    private static func isSequence(_ value: Value) -> Bool {
        switch value {
        case .string, .list, .tuple, .dictionary, .range, .undefined: true
        default: false
        }
    }

    /// Python's `is`, as far as values have an identity here: constants and objects.
    private static func isSame(
        _ left: Value, _ right: Value, in interpreter: Interpreter
    ) throws(JinjaError) -> Bool {
        guard left.typeName == right.typeName else { return false }
        return try interpreter.isEqual(left, right)
    }
}
