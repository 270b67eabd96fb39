extension Interpreter {
    /// Every level of a template's nesting passes through here, so this function keeps its stack frame small:
    /// what needs temporaries of its own is in functions that are not inlined.
    func evaluate(_ expression: Expression, in scope: Scope) throws(JinjaError) -> Value {
        try enter()
        defer { leave() }
        try charge()
        position = expression.position
        switch expression.kind {
        case .constant(let constant): return value(of: constant)
        case .name(let name): return lookUp(name, in: scope)
        case .attribute, .item, .slice: return try evaluateLookup(expression, in: scope)
        case .call: return try evaluateCall(expression, in: scope, caller: nil)
        case .filter(let name, let operand, let arguments):
            return try evaluateFilter(name, of: operand, arguments, in: scope)
        case .test(let name, let operand, let arguments):
            return try evaluateTest(name, of: operand, arguments, in: scope)
        case .list, .tuple, .dictionary: return try evaluateContainer(expression, in: scope)
        case .and, .or, .conditional: return try evaluateChoice(expression, in: scope)
        case .unary, .binary, .comparison, .concatenation:
            return try evaluateOperation(expression, in: scope)
        case .renderedBlock: return .string(renderedBlocks.last ?? Text())
        }
    }

    @inline(never)
    private func evaluateFilter(
        _ name: String, of operand: Expression, _ arguments: Expression.Arguments, in scope: Scope
    ) throws(JinjaError) -> Value {
        let place = position
        let value = try evaluate(operand, in: scope)
        let values = try evaluate(arguments, in: scope)
        position = place
        return try Filters.apply(name, to: value, values, in: self)
    }

    @inline(never)
    private func evaluateTest(
        _ name: String, of operand: Expression, _ arguments: Expression.Arguments, in scope: Scope
    ) throws(JinjaError) -> Value {
        let place = position
        let value = try evaluate(operand, in: scope)
        let values = try evaluate(arguments, in: scope)
        position = place
        return .bool(try Tests.apply(name, to: value, values, in: self))
    }

    @inline(never)
    private func evaluateChoice(_ expression: Expression, in scope: Scope) throws(JinjaError) -> Value {
        switch expression.kind {
        case .and(let left, let right):
            let value = try evaluate(left, in: scope)
            return value.isTrue ? try evaluate(right, in: scope) : value
        case .or(let left, let right):
            let value = try evaluate(left, in: scope)
            return value.isTrue ? value : try evaluate(right, in: scope)
        case .conditional(let test, let then, let otherwise):
            if try evaluate(test, in: scope).isTrue { return try evaluate(then, in: scope) }
            guard let otherwise else {
                return .undefined("the inline if-expression was false and has no else section")
            }
            return try evaluate(otherwise, in: scope)
        default: throw failure(.type, "the expression cannot be evaluated")
        }
    }

    @inline(never)
    private func evaluateContainer(_ expression: Expression, in scope: Scope) throws(JinjaError) -> Value {
        switch expression.kind {
        case .list(let elements): return try makeList(try evaluate(elements, in: scope))
        case .tuple(let elements): return try makeTuple(try evaluate(elements, in: scope))
        case .dictionary(let members): return try evaluateDictionary(members, in: scope)
        default: throw failure(.type, "the expression cannot be evaluated")
        }
    }

    @inline(never)
    private func evaluateOperation(_ expression: Expression, in scope: Scope) throws(JinjaError) -> Value {
        switch expression.kind {
        case .unary(let operation, let operand):
            let value = try evaluate(operand, in: scope)
            position = expression.position
            return try apply(operation, to: value)
        case .binary(let operation, let left, let right):
            let first = try evaluate(left, in: scope)
            let second = try evaluate(right, in: scope)
            position = expression.position
            return try apply(operation, first, second)
        case .comparison(let first, let operands):
            var left = try evaluate(first, in: scope)
            for (operation, operand) in operands {
                let right = try evaluate(operand, in: scope)
                position = expression.position
                guard try compare(left, operation, right) else { return .bool(false) }
                left = right
            }
            return .bool(true)
        case .concatenation(let operands):
            var pieces: [Text] = []
            for operand in operands { pieces.append(try text(of: try evaluate(operand, in: scope))) }
            let isMarkup = escapesOutput && pieces.contains(where: \.isMarkup)
            if isMarkup { pieces = pieces.map(\.escaped) }
            let result = try join(pieces, separator: Text())
            return .string(isMarkup ? result.markup : result)
        default: throw failure(.type, "the expression cannot be evaluated")
        }
    }

    // MARK: - Internals

    private func value(of constant: Expression.Constant) -> Value {
        switch constant {
        case .none: .none
        case .bool(let bool): .bool(bool)
        case .int(let int): .int(int)
        case .double(let double): .double(double)
        case .string(let text): .string(text)
        }
    }

    private func lookUp(_ name: String, in scope: Scope) -> Value {
        if let value = scope.value(of: name) { return value }
        if let function = Globals.Function(rawValue: name) { return .callable(.global(function)) }
        return .undefined("'\(name)' is undefined")
    }

    func evaluate(_ expressions: [Expression], in scope: Scope) throws(JinjaError) -> [Value] {
        var values: [Value] = []
        values.reserveCapacity(expressions.count)
        for expression in expressions { values.append(try evaluate(expression, in: scope)) }
        return values
    }

    @inline(never)
    private func evaluateDictionary(
        _ members: [(key: Expression, value: Expression)], in scope: Scope
    ) throws(JinjaError) -> Value {
        var mapping = Mapping()
        for (keyExpression, valueExpression) in members {
            let keyValue = try evaluate(keyExpression, in: scope)
            let key = try key(for: keyValue)
            mapping.set(key, keyValue, to: try evaluate(valueExpression, in: scope))
        }
        try charge(elements: mapping.count)
        try checkDepth(mapping.depth)
        return .dictionary(mapping)
    }

    @inline(never)
    private func evaluateLookup(_ expression: Expression, in scope: Scope) throws(JinjaError) -> Value {
        switch expression.kind {
        case .attribute(let base, let name):
            let receiver = try evaluate(base, in: scope)
            position = expression.position
            return try attribute(name, of: receiver)
        case .item(let base, let index):
            let receiver = try evaluate(base, in: scope)
            if case .slice = index.kind { return try evaluateSlice(of: receiver, index, in: scope) }
            let argument = try evaluate(index, in: scope)
            position = expression.position
            return try item(argument, of: receiver)
        default: throw failure(.type, "a slice stands only in a subscript")
        }
    }

    @inline(never)
    private func evaluateSlice(
        of receiver: Value, _ slice: Expression, in scope: Scope
    ) throws(JinjaError) -> Value {
        guard case .slice(let start, let stop, let step) = slice.kind else { return receiver }
        let first = try start.map { bound throws(JinjaError) in try evaluate(bound, in: scope) }
        let end = try stop.map { bound throws(JinjaError) in try evaluate(bound, in: scope) }
        let stride = try step.map { bound throws(JinjaError) in try evaluate(bound, in: scope) }
        position = slice.position
        return try self.slice(receiver, from: first, to: end, by: stride)
    }

    @inline(never)
    func evaluate(_ arguments: Expression.Arguments, in scope: Scope) throws(JinjaError) -> CallArguments {
        var result = CallArguments(positional: try evaluate(arguments.positional, in: scope))
        for (name, expression) in arguments.named {
            result.named.append((Text(name), try evaluate(expression, in: scope)))
        }
        if let spread = arguments.spreadPositional {
            result.positional += try elements(of: try evaluate(spread, in: scope))
        }
        if let spread = arguments.spreadNamed {
            try appendSpread(try evaluate(spread, in: scope), to: &result)
        }
        return result
    }

    @inline(never)
    private func appendSpread(_ value: Value, to arguments: inout CallArguments) throws(JinjaError) {
        guard case .dictionary(let mapping) = value else {
            throw failure(.type, "the argument after ** must be a mapping, not \(value.typeName)")
        }
        for (key, member) in mapping.entries {
            guard case .string(let name) = key else { throw failure(.type, "keywords must be strings") }
            guard !arguments.named.contains(where: { $0.name == name }) else {
                throw failure(.type, "the argument '\(name.string)' is given twice")
            }
            arguments.named.append((name, member))
        }
    }
}
