extension Parser {
    /// Lookups and calls behind an operand.
    mutating func parsePostfix(_ operand: Expression) throws(JinjaError) -> Expression {
        var expression = operand
        while true {
            let position = current.position
            switch current.kind {
            case .symbol(.dot):
                advance()
                expression = try parseAttribute(of: expression, at: position)
            case .symbol(.leftBracket):
                advance()
                let subscripted = try parseSubscript(at: position)
                expression = try node(
                    .item(expression, subscripted), at: position, over: [expression, subscripted])
            case .symbol(.leftParenthesis):
                expression = try parseCall(of: expression)
            default:
                return expression
            }
        }
    }

    /// Filters, tests and calls behind an operand.
    mutating func parseFiltersAndTests(_ operand: Expression) throws(JinjaError) -> Expression {
        var expression = operand
        while true {
            switch current.kind {
            case .symbol(.pipe): expression = try parseFilter(of: expression)
            case .symbol(.leftParenthesis): expression = try parseCall(of: expression)
            case .name("is"): expression = try parseTest(of: expression)
            default: return expression
            }
        }
    }

    /// A chain of filters; with `isInline`, the first one has no `|` in front.
    mutating func parseFilter(of operand: Expression, isInline: Bool = false) throws(JinjaError) -> Expression
    {
        var expression = operand
        var expectsFilter = isInline
        while expectsFilter || skip(.pipe) {
            expectsFilter = false
            let position = current.position
            let name = try parseDottedName("the name of a filter")
            guard conditionDepth > 0 || Filters.names.contains(name) else {
                throw JinjaError(.undefined, "no filter named '\(name)'", at: position)
            }
            let arguments = isAt(.leftParenthesis) ? try parseArguments() : Expression.Arguments()
            expression = try node(
                .filter(name, expression, arguments), at: position, over: [expression] + arguments.children)
        }
        return expression
    }

    private mutating func parseTest(of operand: Expression) throws(JinjaError) -> Expression {
        advance()
        let isNegated = skip(name: "not")
        let position = current.position
        let name = try parseDottedName("the name of a test")
        guard conditionDepth > 0 || Tests.names.contains(name) else {
            throw JinjaError(.undefined, "no test named '\(name)'", at: position)
        }
        var arguments = Expression.Arguments()
        if isAt(.leftParenthesis) {
            arguments = try parseArguments()
        } else if startsTestArgument {
            guard !isAt(name: "is") else { throw failure("tests cannot be chained with 'is'") }
            let argument = try nested { parser throws(JinjaError) in try parser.parseTestArgument() }
            arguments.positional = [argument]
        }
        let test = try node(
            .test(name, operand, arguments), at: position, over: [operand] + arguments.children)
        return isNegated ? try node(.unary(.not, test), at: position, over: [test]) : test
    }

    private var startsTestArgument: Bool {
        switch current.kind {
        case .name(let name): name != "else" && name != "or" && name != "and"
        case .string, .integer, .double: true
        case .symbol(.leftParenthesis), .symbol(.leftBracket), .symbol(.leftBrace): true
        default: false
        }
    }

    private mutating func parseDottedName(_ what: String) throws(JinjaError) -> String {
        var name = try expectName(what)
        while skip(.dot) { name += "." + (try expectName(what)) }
        return name
    }

    private mutating func parseAttribute(
        of expression: Expression, at position: Position
    ) throws(JinjaError) -> Expression {
        switch current.kind {
        case .name(let name):
            advance()
            return try node(.attribute(expression, Text(name)), at: position, over: [expression])
        case .integer(let value):
            advance()
            let index = Expression(.constant(.int(value)), at: position)
            return try node(.item(expression, index), at: position, over: [expression])
        default:
            throw failure("expected a name or a number, found \(current.description)")
        }
    }

    private mutating func parseSubscript(at position: Position) throws(JinjaError) -> Expression {
        var elements: [Expression] = []
        while !isAt(.rightBracket) {
            if !elements.isEmpty { try expect(.comma) }
            elements.append(try parseSubscriptElement())
        }
        try expect(.rightBracket)
        if elements.count == 1 { return elements[0] }
        return try node(.tuple(elements), at: position, over: elements)
    }

    private mutating func parseSubscriptElement() throws(JinjaError) -> Expression {
        let position = current.position
        let start = isAt(.colon) ? nil : try parseExpression()
        guard skip(.colon) else {
            guard let start else { throw failure("expected a subscript, found \(current.description)") }
            return start
        }
        let stop = isAt(.colon) || isAtSubscriptEnd ? nil : try parseExpression()
        let step = skip(.colon) && !isAtSubscriptEnd ? try parseExpression() : nil
        return try node(
            .slice(start: start, stop: stop, step: step), at: position,
            over: [start, stop, step].compactMap(\.self))
    }

    private var isAtSubscriptEnd: Bool { isAt(.rightBracket) || isAt(.comma) }

    private mutating func parseCall(of expression: Expression) throws(JinjaError) -> Expression {
        let position = current.position
        let arguments = try parseArguments()
        return try node(
            .call(expression, arguments), at: position, over: [expression] + arguments.children)
    }

    private mutating func parseArguments() throws(JinjaError) -> Expression.Arguments {
        var arguments = Expression.Arguments()
        try expect(.leftParenthesis)
        var isFirst = true
        while !isAt(.rightParenthesis) {
            if !isFirst { try expect(.comma) }
            isFirst = false
            if isAt(.rightParenthesis) { break }
            try parseArgument(into: &arguments)
        }
        try expect(.rightParenthesis)
        return arguments
    }

    private mutating func parseArgument(into arguments: inout Expression.Arguments) throws(JinjaError) {
        let position = current.position
        let misplaced = JinjaError(.syntax, "the argument is in the wrong place in the call", at: position)
        if skip(.multiply) {
            guard arguments.spreadPositional == nil, arguments.spreadNamed == nil else { throw misplaced }
            arguments.spreadPositional = try parseExpression()
        } else if skip(.power) {
            guard arguments.spreadNamed == nil else { throw misplaced }
            arguments.spreadNamed = try parseExpression()
        } else if case .name(let name) = current.kind, lookahead.kind == .symbol(.assign) {
            guard arguments.spreadNamed == nil else { throw misplaced }
            guard !arguments.named.contains(where: { $0.name == name }) else {
                throw JinjaError(.syntax, "the argument '\(name)' is given twice", at: position)
            }
            advance()
            advance()
            arguments.named.append((name, try parseExpression()))
        } else {
            guard arguments.spreadPositional == nil, arguments.spreadNamed == nil, arguments.named.isEmpty
            else { throw misplaced }
            arguments.positional.append(try parseExpression())
        }
    }
}
