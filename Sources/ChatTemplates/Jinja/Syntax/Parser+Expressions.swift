extension Parser {
    static let constants: Set<String> = ["true", "True", "false", "False", "none", "None"]

    /// A condensed precedence table, loosest first; `~` binds tighter than `+` and looser than `*`.
    private enum Level: Int {
        case or, and, not, comparison, sum, concatenation, product, power
    }

    /// An expression, or a tuple of them without parentheses.
    mutating func parseTuple(
        allowsConditional: Bool = true, end: String? = nil, isParenthesized: Bool = false
    ) throws(JinjaError) -> Expression {
        let position = current.position
        var elements: [Expression] = []
        var isTuple = false
        while !isTupleEnd(end) {
            elements.append(
                allowsConditional ? try parseExpression() : try parseUnconditional())
            guard skip(.comma) else { break }
            isTuple = true
        }
        if !isTuple, let only = elements.first { return only }
        guard isTuple || isParenthesized else {
            throw failure("expected an expression, found \(current.description)")
        }
        return try node(.tuple(elements), at: position, over: elements)
    }

    private func isTupleEnd(_ end: String?) -> Bool {
        switch current.kind {
        case .variableEnd, .blockEnd, .symbol(.rightParenthesis): true
        case .name(let name): name == end
        default: false
        }
    }

    /// An expression with `if … else …`.
    mutating func parseExpression() throws(JinjaError) -> Expression {
        try nested { parser throws(JinjaError) in
            var expression = try parser.parseBinary(.or)
            while parser.isAt(name: "if") {
                let position = parser.advance().position
                parser.conditionDepth += 1
                defer { parser.conditionDepth -= 1 }
                let test = try parser.parseBinary(.or)
                let otherwise = parser.skip(name: "else") ? try parser.parseExpression() : nil
                expression = try parser.node(
                    .conditional(test: test, then: expression, otherwise: otherwise),
                    at: position, over: [test, expression] + (otherwise.map { [$0] } ?? []))
            }
            return expression
        }
    }

    private mutating func parseUnconditional() throws(JinjaError) -> Expression {
        try nested { parser throws(JinjaError) in try parser.parseBinary(.or) }
    }

    // MARK: - Operators

    /// Operators of at least `level`, by precedence climbing: one stack frame per bracket instead of one per
    /// level.
    private mutating func parseBinary(_ level: Level) throws(JinjaError) -> Expression {
        var left = try parseOperand(level)
        while let (found, width) = operatorLevel(), found.rawValue >= level.rawValue {
            let position = current.position
            switch found {
            case .or, .and:
                advance()
                let right = try parseBinary(found == .or ? .and : .not)
                left = try node(
                    found == .or ? .or(left, right) : .and(left, right), at: position, over: [left, right])
            case .comparison:
                left = try parseComparison(left, at: position, width: width)
            case .concatenation:
                var operands = [left]
                while skip(.concatenate) { operands.append(try parseBinary(.product)) }
                left = try node(.concatenation(operands), at: position, over: operands)
            case .sum, .product, .power, .not:
                left = try parseArithmetic(left, at: position, level: found)
            }
        }
        return left
    }

    private mutating func parseOperand(_ level: Level) throws(JinjaError) -> Expression {
        guard level.rawValue <= Level.not.rawValue, isAt(name: "not") else { return try parseUnary() }
        let position = advance().position
        let operand = try nested { parser throws(JinjaError) in try parser.parseBinary(.not) }
        return try node(.unary(.not, operand), at: position, over: [operand])
    }

    private mutating func parseArithmetic(
        _ left: Expression, at position: Position, level: Level
    ) throws(JinjaError) -> Expression {
        guard case .symbol(let symbol) = advance().kind,
            let operation = Expression.BinaryOperator(rawValue: symbol.rawValue)
        else { throw failure("expected an operator") }
        let tighter: Level = level == .sum ? .concatenation : .power
        let right = level == .power ? try parseUnary() : try parseBinary(tighter)
        return try node(.binary(operation, left, right), at: position, over: [left, right])
    }

    private mutating func parseComparison(
        _ left: Expression, at position: Position, width: Int
    ) throws(JinjaError) -> Expression {
        var operands: [(operation: Expression.ComparisonOperator, operand: Expression)] = []
        while let (level, width) = operatorLevel(), level == .comparison {
            let token = advance()
            if width == 2 { advance() }
            let operation: Expression.ComparisonOperator =
                switch token.kind {
                case .symbol(let symbol): Expression.ComparisonOperator(rawValue: symbol.rawValue) ?? .equal
                default: width == 2 ? .notContained : .contained
                }
            operands.append((operation, try parseBinary(.sum)))
        }
        return try node(.comparison(left, operands), at: position, over: [left] + operands.map(\.operand))
    }

    /// The level of the infix operator at hand and how many tokens it takes.
    private func operatorLevel() -> (level: Level, width: Int)? {
        switch current.kind {
        case .name("or"): return (.or, 1)
        case .name("and"): return (.and, 1)
        case .name("in"): return (.comparison, 1)
        case .name("not"): return lookahead.kind == .name("in") ? (.comparison, 2) : nil
        case .symbol(let symbol):
            switch symbol {
            case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual: return (.comparison, 1)
            case .add, .subtract: return (.sum, 1)
            case .concatenate: return (.concatenation, 1)
            case .multiply, .divide, .floorDivide, .remainder: return (.product, 1)
            case .power: return (.power, 1)
            default: return nil
            }
        default: return nil
        }
    }

    /// Signs, then a primary expression with its lookups and calls, then filters and tests.
    mutating func parseUnary(withFilters: Bool = true) throws(JinjaError) -> Expression {
        let position = current.position
        var expression: Expression
        if isAt(.subtract) || isAt(.add) {
            let sign: Expression.UnaryOperator = isAt(.subtract) ? .minus : .plus
            advance()
            let operand = try nested { parser throws(JinjaError) in try parser.parseUnary(withFilters: false)
            }
            expression = try node(.unary(sign, operand), at: position, over: [operand])
        } else {
            expression = try parsePrimary()
        }
        expression = try parsePostfix(expression)
        return withFilters ? try parseFiltersAndTests(expression) : expression
    }

    /// The argument of a test without parentheses: an operand with its lookups and calls, no operators.
    mutating func parseTestArgument() throws(JinjaError) -> Expression {
        try parsePostfix(try parsePrimary())
    }

    // MARK: - Operands

    private mutating func parsePrimary() throws(JinjaError) -> Expression {
        let token = current
        let position = token.position
        switch token.kind {
        case .name(let name):
            advance()
            switch name {
            case "true", "True": return Expression(.constant(.bool(true)), at: position)
            case "false", "False": return Expression(.constant(.bool(false)), at: position)
            case "none", "None": return Expression(.constant(.none), at: position)
            default:
                mention(name)
                return Expression(.name(name), at: position)
            }
        case .string(var text):
            advance()
            while case .string(let more) = current.kind {
                text.append(more)
                advance()
            }
            return Expression(.constant(.string(text)), at: position)
        case .integer(let value):
            advance()
            return Expression(.constant(.int(value)), at: position)
        case .double(let value):
            advance()
            return Expression(.constant(.double(value)), at: position)
        case .symbol(.leftParenthesis):
            advance()
            let inner = try parseTuple(isParenthesized: true)
            try expect(.rightParenthesis)
            return inner
        case .symbol(.leftBracket): return try parseList()
        case .symbol(.leftBrace): return try parseDictionary()
        default:
            throw failure("expected an expression, found \(token.description)")
        }
    }

    private mutating func parseList() throws(JinjaError) -> Expression {
        let position = advance().position
        var elements: [Expression] = []
        while !isAt(.rightBracket) {
            if !elements.isEmpty { try expect(.comma) }
            if isAt(.rightBracket) { break }
            elements.append(try parseExpression())
        }
        try expect(.rightBracket)
        return try node(.list(elements), at: position, over: elements)
    }

    private mutating func parseDictionary() throws(JinjaError) -> Expression {
        let position = advance().position
        var members: [(key: Expression, value: Expression)] = []
        while !isAt(.rightBrace) {
            if !members.isEmpty { try expect(.comma) }
            if isAt(.rightBrace) { break }
            let key = try parseExpression()
            try expect(.colon)
            members.append((key, try parseExpression()))
        }
        try expect(.rightBrace)
        return try node(.dictionary(members), at: position, over: members.flatMap { [$0.key, $0.value] })
    }

    mutating func mention(_ name: String) {
        if !mentionedNames.isEmpty { mentionedNames[mentionedNames.count - 1].insert(name) }
    }
}
