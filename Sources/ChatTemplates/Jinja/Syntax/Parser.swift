/// Recursive descent over a template's tokens.
struct Parser {
    private let tokens: [Token]
    private var index = 0
    private var depth = 0
    /// Loops around the statement being parsed, without crossing a macro.
    var loopDepth = 0
    /// Conditions around the expression being parsed: inside one, an unknown filter is an error only when
    /// reached.
    var conditionDepth = 0
    /// Inheritance blocks seen so far.
    var blockNames: Set<String> = []
    /// Names read inside each macro body being parsed, the innermost last.
    var mentionedNames: [Set<String>] = []

    init(tokens: [Token]) {
        self.tokens = tokens
    }

    mutating func parseTemplate() throws(JinjaError) -> [Statement] {
        let body = try parseBody(until: [])
        guard case .end = current.kind else {
            throw failure("unexpected \(current.description)")
        }
        return body
    }

    // MARK: - Tokens

    /// The token at hand; the last token is always `.end`, which is never passed.
    var current: Token { tokens[min(index, tokens.count - 1)] }

    var lookahead: Token { tokens[min(index + 1, tokens.count - 1)] }

    @discardableResult
    mutating func advance() -> Token {
        let token = current
        index += 1
        return token
    }

    func isAt(_ symbol: Token.Symbol) -> Bool { current.kind == .symbol(symbol) }

    func isAt(name: String) -> Bool { current.kind == .name(name) }

    mutating func skip(_ symbol: Token.Symbol) -> Bool {
        guard isAt(symbol) else { return false }
        advance()
        return true
    }

    mutating func skip(name: String) -> Bool {
        guard isAt(name: name) else { return false }
        advance()
        return true
    }

    mutating func expect(_ symbol: Token.Symbol) throws(JinjaError) {
        guard skip(symbol) else {
            throw failure("expected '\(symbol.rawValue)', found \(current.description)")
        }
    }

    mutating func expect(name: String) throws(JinjaError) {
        guard skip(name: name) else {
            throw failure("expected '\(name)', found \(current.description)")
        }
    }

    mutating func expectName(_ what: String) throws(JinjaError) -> String {
        guard case .name(let name) = current.kind else {
            throw failure("expected \(what), found \(current.description)")
        }
        advance()
        return name
    }

    mutating func expectBlockEnd() throws(JinjaError) {
        guard current.kind == .blockEnd else {
            throw failure("expected '%}', found \(current.description)")
        }
        advance()
    }

    // MARK: - Errors and limits

    func failure(_ message: String) -> JinjaError {
        JinjaError(.syntax, message, at: current.position)
    }

    /// Runs `parse` one level deeper.
    mutating func nested<Result>(
        _ parse: (inout Parser) throws(JinjaError) -> Result
    ) throws(JinjaError) -> Result {
        guard depth < JinjaLimits.syntaxDepth else {
            throw JinjaError(
                .limit, "nested deeper than \(JinjaLimits.syntaxDepth) levels", at: current.position)
        }
        depth += 1
        defer { depth -= 1 }
        return try parse(&self)
    }

    /// An expression node, refused when its tree grows too high.
    func node(
        _ kind: Expression.Kind, at position: Position, over children: [Expression] = []
    ) throws(JinjaError) -> Expression {
        let expression = Expression(kind, at: position, over: children)
        guard expression.height <= JinjaLimits.syntaxDepth else {
            throw JinjaError(
                .limit, "the expression is nested deeper than \(JinjaLimits.syntaxDepth) levels", at: position
            )
        }
        return expression
    }
}
