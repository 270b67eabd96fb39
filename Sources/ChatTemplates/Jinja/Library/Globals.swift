/// The functions that every template can call.
enum Globals {
    enum Function: String, Sendable {
        case range, dict, namespace, cycler, joiner, lipsum
        case raiseException = "raise_exception"
        case strftimeNow = "strftime_now"
    }

    static func call(
        _ function: Function, _ arguments: CallArguments, in interpreter: Interpreter
    ) throws(JinjaError) -> Value {
        switch function {
        case .range: return try range(arguments, in: interpreter)
        case .dict: return .dictionary(try mapping(arguments, for: "dict", in: interpreter))
        case .namespace:
            let attributes = try mapping(arguments, for: "namespace", in: interpreter)
            for case (.string(let name), _) in attributes.entries {
                try interpreter.checkNamespaceAttribute(name)
            }
            return try interpreter.makeNamespace(attributes)
        case .cycler:
            guard arguments.named.isEmpty, !arguments.positional.isEmpty else {
                throw interpreter.failure(.type, "cycler needs at least one item")
            }
            let cycler = Cycler(arguments.positional)
            try interpreter.checkDepth(cycler.depth)
            return .cycler(cycler)
        case .joiner:
            let bound = try arguments.bind(["sep"], for: "joiner", in: interpreter)
            let joiner = Joiner(separator: bound[0] ?? .string(", "))
            try interpreter.checkDepth(joiner.separator.depth + 1)
            return .callable(.joiner(joiner))
        case .lipsum:
            throw interpreter.failure(.type, "lipsum writes random text, which a prompt cannot hold")
        case .raiseException:
            let bound = try arguments.bind(["message"], required: 1, for: "raise_exception", in: interpreter)
            throw interpreter.failure(.raised, try interpreter.text(of: bound[0] ?? .none).string)
        case .strftimeNow:
            let bound = try arguments.bind(["format"], required: 1, for: "strftime_now", in: interpreter)
            guard case .string(let format)? = bound[0] else {
                throw interpreter.failure(.type, "strftime_now needs a format string")
            }
            return .string(try time(format, in: interpreter))
        }
    }

    /// `dict.fromkeys(keys, value)`.
    static func dictionary(fromKeys arguments: CallArguments, in interpreter: Interpreter) throws(JinjaError)
        -> Value
    {
        let bound = try arguments.bind(
            ["iterable", "value"], required: 1, for: "fromkeys", in: interpreter)
        var mapping = Mapping()
        for item in try interpreter.elements(of: bound[0] ?? .none) {
            mapping.set(try interpreter.key(for: item), item, to: bound[1] ?? .none)
        }
        try interpreter.checkDepth(mapping.depth)
        return .dictionary(mapping)
    }

    // MARK: - Internals

    private static func range(_ arguments: CallArguments, in interpreter: Interpreter) throws(JinjaError)
        -> Value
    {
        guard arguments.named.isEmpty, (1...3).contains(arguments.positional.count) else {
            throw interpreter.failure(.type, "range takes 1 to 3 positional arguments")
        }
        var numbers: [Int] = []
        for argument in arguments.positional {
            guard let integer = argument.integer else {
                if case .undefined(let undefined) = argument { throw interpreter.failure(using: undefined) }
                throw interpreter.failure(
                    .type, "'\(argument.typeName)' object cannot be interpreted as an integer")
            }
            numbers.append(integer)
        }
        let start = numbers.count > 1 ? numbers[0] : 0
        let stop = numbers.count > 1 ? numbers[1] : numbers[0]
        let step = numbers.count > 2 ? numbers[2] : 1
        guard step != 0 else { throw interpreter.failure(.value, "range() arg 3 must not be zero") }
        let distance = stop.subtractingReportingOverflow(start)
        let isEmpty = step > 0 ? start >= stop : start <= stop
        let count = isEmpty ? 0 : (distance.partialValue.magnitude - 1) / step.magnitude + 1
        guard isEmpty || (!distance.overflow && count <= UInt(JinjaLimits.rangeLength)) else {
            throw interpreter.failure(
                .limit, "Range too big. The sandbox blocks ranges larger than \(JinjaLimits.rangeLength).")
        }
        return .range(IntegerRange(start: start, stop: stop, step: step, count: Int(count)))
    }

    /// Python's `dict(mapping_or_pairs, **members)`.
    private static func mapping(
        _ arguments: CallArguments, for function: String, in interpreter: Interpreter
    ) throws(JinjaError) -> Mapping {
        guard arguments.positional.count <= 1 else {
            throw interpreter.failure(.type, "\(function) takes at most 1 positional argument")
        }
        var mapping = Mapping()
        switch arguments.positional.first {
        case nil: break
        case .dictionary(let base): mapping = base
        case .undefined(let undefined): throw interpreter.failure(using: undefined)
        case .some(let pairs):
            for pair in try interpreter.elements(of: pairs) {
                let parts = try interpreter.elements(of: pair)
                guard parts.count == 2 else {
                    throw interpreter.failure(
                        .value, "\(function) needs pairs, found \(parts.count) elements")
                }
                mapping.set(try interpreter.key(for: parts[0]), parts[0], to: parts[1])
            }
        }
        for (name, value) in arguments.named { mapping.set(name, to: value) }
        try interpreter.charge(elements: mapping.count)
        try interpreter.checkDepth(mapping.depth)
        return mapping
    }

    private static func time(_ format: Text, in interpreter: Interpreter) throws(JinjaError) -> Text {
        var output = Text()
        var index = 0
        while index < format.count {
            let scalar = format.scalars[index]
            index += 1
            guard scalar == "%" else {
                output.append(scalar: scalar)
                continue
            }
            // "%-d" drops the padding, as in the C libraries that Python runs on.
            let dropsPadding = index < format.count && format.scalars[index] == "-"
            if dropsPadding { index += 1 }
            guard index < format.count, let piece = interpreter.clock.formatted(format.scalars[index]) else {
                throw interpreter.failure(.value, "strftime_now does not know a directive of its format")
            }
            index += 1
            let unpadded = dropsPadding ? piece.drop { $0 == "0" || $0 == " " } : piece[...]
            output.append(Text(unpadded.isEmpty ? String(piece.suffix(1)) : String(unpadded)))
            try interpreter.charge(scalars: piece.count)
        }
        try interpreter.charge(scalars: format.count)
        return output
    }
}
