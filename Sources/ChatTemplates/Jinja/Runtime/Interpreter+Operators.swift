extension Interpreter {
    func apply(_ operation: Expression.UnaryOperator, to value: Value) throws(JinjaError) -> Value {
        if operation == .not { return .bool(!value.isTrue) }
        switch value {
        case .undefined(let undefined): throw failure(using: undefined)
        case .double(let double): return .double(operation == .minus ? -double : double)
        default:
            guard let integer = value.integer else {
                let sign = operation == .minus ? "-" : "+"
                throw failure(.type, "bad operand type for unary \(sign): '\(value.typeName)'")
            }
            if operation == .plus { return .int(integer) }
            let (result, overflow) = 0.subtractingReportingOverflow(integer)
            return .int(try checked(result, overflow))
        }
    }

    func apply(
        _ operation: Expression.BinaryOperator, _ left: Value, _ right: Value
    ) throws(JinjaError) -> Value {
        for case .undefined(let undefined) in [left, right] where !isFormatting(operation, left) {
            throw failure(using: undefined)
        }
        if let first = left.integer, let second = right.integer {
            return try applyToIntegers(operation, first, second)
        }
        if let first = left.double, let second = right.double {
            return .double(try applyToDoubles(operation, first, second))
        }
        switch (operation, left, right) {
        case (.add, .string(let first), .string(let second)):
            if first.isMarkup || second.isMarkup { return try concatenatedMarkup(first, second) }
            try charge(scalars: first.count + second.count)
            return .string(Text(first.scalars + second.scalars))
        case (.add, .list(let first), .list(let second)):
            return try makeList(first.items + second.items)
        case (.add, .tuple(let first), .tuple(let second)):
            return try makeTuple(first.items + second.items)
        case (.remainder, .string(let format), _):
            return try PercentFormatter.format(format, right, in: self)
        case (.multiply, _, _):
            if let count = right.integer, let repeated = try repeated(left, count: count) { return repeated }
            if let count = left.integer, let repeated = try repeated(right, count: count) { return repeated }
        default: break
        }
        throw failure(
            .type,
            "unsupported operand type(s) for \(operation.rawValue): "
                + "'\(left.typeName)' and '\(right.typeName)'")
    }

    /// `"…" % undefined` prints the undefined value, as it is then an argument.
    private func isFormatting(_ operation: Expression.BinaryOperator, _ left: Value) -> Bool {
        if operation == .remainder, case .string = left { true } else { false }
    }

    private func concatenatedMarkup(_ first: Text, _ second: Text) throws(JinjaError) -> Value {
        var result = first.escaped
        result.append(second.escaped)
        try charge(scalars: result.count)
        return .string(result.markup)
    }

    private func repeated(_ value: Value, count: Int) throws(JinjaError) -> Value? {
        switch value {
        case .string(let text):
            try charge(scalars: text.count, times: count)
            var result = Text()
            if !text.isEmpty { for _ in 0..<max(count, 0) { result.append(text) } }
            return .string(text.isMarkup ? result.markup : result)
        case .list(let elements): return try makeList(try repeated(elements.items, count: count))
        case .tuple(let elements): return try makeTuple(try repeated(elements.items, count: count))
        default: return nil
        }
    }

    private func repeated(_ items: [Value], count: Int) throws(JinjaError) -> [Value] {
        let (total, overflow) = items.count.multipliedReportingOverflow(by: max(count, 0))
        try charge(elements: overflow ? .max : total)
        guard total > 0 else { return [] }
        return Array(repeatElement(items, count: count).joined())
    }

    // MARK: - Numbers

    private func checked(_ result: Int, _ overflow: Bool) throws(JinjaError) -> Int {
        guard !overflow else { throw failure(.value, "the integer result does not fit 64 bits") }
        return result
    }

    private func applyToIntegers(
        _ operation: Expression.BinaryOperator, _ left: Int, _ right: Int
    ) throws(JinjaError) -> Value {
        switch operation {
        case .add:
            let (result, overflow) = left.addingReportingOverflow(right)
            return .int(try checked(result, overflow))
        case .subtract:
            let (result, overflow) = left.subtractingReportingOverflow(right)
            return .int(try checked(result, overflow))
        case .multiply:
            let (result, overflow) = left.multipliedReportingOverflow(by: right)
            return .int(try checked(result, overflow))
        case .divide:
            return .double(try applyToDoubles(.divide, Double(left), Double(right)))
        case .floorDivide, .remainder:
            guard right != 0 else { throw failure(.value, "integer division or modulo by zero") }
            let (quotient, overflow) = left.dividedReportingOverflow(by: right)
            let (remainder, _) = left.remainderReportingOverflow(dividingBy: right)
            // Python rounds the quotient down, Swift towards zero.
            let isRoundedUp = remainder != 0 && (remainder < 0) != (right < 0)
            if operation == .remainder { return .int(isRoundedUp ? remainder + right : remainder) }
            return .int(try checked(quotient, overflow) - (isRoundedUp ? 1 : 0))
        case .power:
            guard right >= 0 else { return .double(try applyToDoubles(.power, Double(left), Double(right))) }
            return .int(try power(left, right))
        }
    }

    private func power(_ base: Int, _ exponent: Int) throws(JinjaError) -> Int {
        var result = 1
        var factor = base
        var remaining = exponent
        while remaining > 0 {
            if remaining & 1 == 1 {
                let (product, overflow) = result.multipliedReportingOverflow(by: factor)
                result = try checked(product, overflow)
            }
            remaining >>= 1
            if remaining > 0 {
                let (square, overflow) = factor.multipliedReportingOverflow(by: factor)
                factor = try checked(square, overflow)
            }
        }
        return result
    }

    private func applyToDoubles(
        _ operation: Expression.BinaryOperator, _ left: Double, _ right: Double
    ) throws(JinjaError) -> Double {
        switch operation {
        case .add: return left + right
        case .subtract: return left - right
        case .multiply: return left * right
        case .divide:
            guard right != 0 else { throw failure(.value, "division by zero") }
            return left / right
        case .floorDivide, .remainder:
            guard right != 0 else { throw failure(.value, "float floor division or modulo by zero") }
            let remainder = left.truncatingRemainder(dividingBy: right)
            let isRoundedUp = remainder != 0 && (remainder < 0) != (right < 0)
            if operation == .remainder {
                if remainder == 0 { return Double(signOf: right, magnitudeOf: 0) }
                return isRoundedUp ? remainder + right : remainder
            }
            // Python's operations in their order, which decide where a quotient has no digits behind the point.
            let quotient = (left - remainder) / right - (isRoundedUp ? 1 : 0)
            if quotient == 0 { return Double(signOf: left / right, magnitudeOf: 0) }
            let floor = quotient.rounded(.down)
            return quotient - floor > 0.5 ? floor + 1 : floor
        case .power:
            if left == 0, right < 0 { throw failure(.value, "0.0 cannot be raised to a negative power") }
            let result = MathFunctions.power(left, right)
            guard !result.isNaN || left.isNaN || right.isNaN else {
                throw failure(.value, "the power is a complex number")
            }
            guard !result.isInfinite || left.isInfinite || right.isInfinite else {
                throw failure(.value, "the power is too large")
            }
            return result
        }
    }
}
