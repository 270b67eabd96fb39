extension Interpreter {
    /// Calls what the expression's callee evaluates to; `caller` is the body of a `{% call %}` block.
    func evaluateCall(_ expression: Expression, in scope: Scope, caller: Value?) throws(JinjaError) -> Value {
        guard case .call(let callee, let arguments) = expression.kind else {
            throw failure(.type, "expected a call")
        }
        let function = try evaluate(callee, in: scope)
        var values = try evaluate(arguments, in: scope)
        if let caller { values.named.append(("caller", caller)) }
        position = expression.position
        return try call(function, values)
    }

    @inline(never)
    func call(_ function: Value, _ arguments: CallArguments) throws(JinjaError) -> Value {
        switch function {
        case .callable(.macro(let macro)): return try call(macro, arguments)
        case .callable(.method(let receiver, let name)):
            return try Methods.call(name, on: receiver, arguments, in: self)
        case .callable(.global(let global)): return try Globals.call(global, arguments, in: self)
        case .callable(.joiner(let joiner)):
            try arguments.refuseAll(for: "joiner", in: self)
            defer { joiner.isUsed = true }
            return joiner.isUsed ? joiner.separator : .emptyString
        case .loop(let context):
            let children = try arguments.bind(["iterable"], required: 1, for: "loop", in: self)
            return try recurse(into: children[0] ?? .none, from: context)
        case .undefined(let undefined): throw failure(using: undefined)
        default: throw failure(.type, "'\(function.typeName)' object is not callable")
        }
    }

    // MARK: - Macros

    private func call(_ macro: MacroValue, _ arguments: CallArguments) throws(JinjaError) -> Value {
        try enter()
        let callerEscapes = escapesOutput
        escapesOutput = macro.escapesOutput
        defer {
            escapesOutput = callerEscapes
            leave()
        }
        let callPosition = position
        let definition = macro.definition
        let scope = try makeScope(in: macro.scope)
        var named = arguments.named
        var missing: [MacroDefinition.Parameter] = []
        var takesCaller = false
        for (index, parameter) in definition.parameters.enumerated() {
            if index < arguments.positional.count {
                scope.variables[parameter.name] = arguments.positional[index]
            } else if let place = named.firstIndex(where: { $0.name == Text(parameter.name) }) {
                scope.variables[parameter.name] = named.remove(at: place).value
            } else {
                missing.append(parameter)
            }
            takesCaller = takesCaller || parameter.name == "caller"
        }
        if definition.usesCaller, !takesCaller {
            let place = named.firstIndex { $0.name == "caller" }
            scope.variables["caller"] =
                place.map { named.remove(at: $0).value } ?? .undefined("No caller defined")
        }
        try bindExtra(arguments.positional, named, of: definition, in: scope)
        for parameter in missing {
            scope.variables[parameter.name] =
                try parameter.defaultValue.map { value throws(JinjaError) in try evaluate(value, in: scope) }
                ?? .undefined("parameter '\(parameter.name)' was not provided")
        }
        var output = Text()
        _ = try run(definition.body, in: scope, into: &output)
        position = callPosition
        return .string(callerEscapes ? output.markup : output)
    }

    private func bindExtra(
        _ positional: [Value], _ named: [(name: Text, value: Value)], of definition: MacroDefinition,
        in scope: Scope
    ) throws(JinjaError) {
        let name = definition.name.map { "macro '\($0)'" } ?? "the caller"
        if definition.usesVariableNamed {
            var mapping = Mapping()
            for (key, value) in named { mapping.set(key, to: value) }
            try checkDepth(mapping.depth)
            scope.variables["kwargs"] = .dictionary(mapping)
        } else if let extra = named.first {
            throw failure(.type, "\(name) takes no keyword argument '\(extra.name.string)'")
        }
        let count = definition.parameters.count
        if definition.usesVariablePositional {
            scope.variables["varargs"] = try makeTuple(Array(positional.dropFirst(count)))
        } else if positional.count > count {
            throw failure(.type, "\(name) takes not more than \(count) argument(s)")
        }
    }
}

/// The evaluated arguments of a call, filter or test.
struct CallArguments {
    var positional: [Value] = []
    var named: [(name: Text, value: Value)] = []

    var values: [Value] { positional + named.map(\.value) }

    /// The arguments in the order of `parameters`; nil where one is not given.
    func bind(
        _ parameters: [Text], required: Int = 0, for function: String, in interpreter: Interpreter
    ) throws(JinjaError) -> [Value?] {
        guard positional.count <= parameters.count else {
            throw interpreter.failure(
                .type, "\(function) takes at most \(parameters.count) argument(s), found \(positional.count)")
        }
        var bound =
            positional.map(Optional.some) + Array(repeating: nil, count: parameters.count - positional.count)
        for (name, value) in named {
            guard let place = parameters.firstIndex(of: name) else {
                throw interpreter.failure(
                    .type, "\(function) got an unexpected keyword argument '\(name.string)'")
            }
            guard bound[place] == nil else {
                throw interpreter.failure(.type, "\(function) got the argument '\(name.string)' twice")
            }
            bound[place] = value
        }
        for index in 0..<required where bound[index] == nil {
            throw interpreter.failure(.type, "\(function) needs the argument '\(parameters[index].string)'")
        }
        return bound
    }

    func refuseAll(for function: String, in interpreter: Interpreter) throws(JinjaError) {
        _ = try bind([], for: function, in: interpreter)
    }
}
