extension Parser {
    /// Statements up to a block whose name is in `ends`; its `{%` is consumed, its name is not.
    mutating func parseBody(until ends: Set<String>) throws(JinjaError) -> [Statement] {
        try nested { parser throws(JinjaError) in try parser.parseStatements(until: ends) }
    }

    private mutating func parseStatements(until ends: Set<String>) throws(JinjaError) -> [Statement] {
        var body: [Statement] = []
        while true {
            switch current.kind {
            case .text(let text):
                advance()
                body.append(.text(text))
            case .variableBegin:
                advance()
                body.append(.output(try parseTuple()))
                guard current.kind == .variableEnd else {
                    throw failure("expected '}}', found \(current.description)")
                }
                advance()
            case .blockBegin:
                advance()
                if case .name(let name) = current.kind, ends.contains(name) { return body }
                if let statement = try parseStatement() { body.append(contentsOf: statement) }
                try expectBlockEnd()
            default:
                guard ends.isEmpty else {
                    let expected = ends.sorted().map { "'{% \($0) %}'" }.joined(separator: " or ")
                    throw failure("expected \(expected), found \(current.description)")
                }
                return body
            }
        }
    }

    /// A body with its opening `%}`, up to and including the name of its closing block.
    private mutating func parseBlock(until ends: String...) throws(JinjaError) -> (
        body: [Statement], end: String
    ) {
        try expectBlockEnd()
        let body = try parseBody(until: Set(ends))
        return (body, try expectName("the end of the block"))
    }

    private mutating func parseStatement() throws(JinjaError) -> [Statement]? {
        let position = current.position
        let tag = try expectName("the name of a tag")
        switch tag {
        case "if": return [try parseIf()]
        case "for": return [try parseFor()]
        case "set": return [try parseSet()]
        case "macro": return [try parseMacro(at: position)]
        case "call": return [try parseCallBlock(at: position)]
        case "filter":
            let chain = try parseFilter(of: node(.renderedBlock, at: position), isInline: true)
            return [.filterBlock(chain, body: try parseBlock(until: "endfilter").body)]
        case "with": return [try parseWith()]
        case "generation": return [.generation(try parseGeneration())]
        case "autoescape":
            let condition = try parseExpression()
            return [.autoescape(condition, body: try parseBlock(until: "endautoescape").body)]
        case "block": return [try parseInheritanceBlock(at: position)]
        case "include", "import", "from", "extends":
            throw JinjaError(
                .syntax, "'\(tag)' needs other template files, and a chat template is a single file",
                at: position)
        case "print":
            var outputs: [Statement] = []
            while current.kind != .blockEnd {
                if !outputs.isEmpty { try expect(.comma) }
                outputs.append(.output(try parseExpression()))
            }
            return outputs
        case "break", "continue":
            guard loopDepth > 0 else {
                throw JinjaError(.syntax, "'\(tag)' outside of a loop", at: position)
            }
            return [tag == "break" ? .breakLoop : .continueLoop]
        default:
            throw JinjaError(.syntax, "unknown or misplaced tag '\(tag)'", at: position)
        }
    }

    // MARK: - Control

    private mutating func parseIf() throws(JinjaError) -> Statement {
        var branches: [(test: Expression, body: [Statement])] = []
        conditionDepth += 1
        defer { conditionDepth -= 1 }
        while true {
            let test = try parseTuple(allowsConditional: false)
            let (body, end) = try parseBlock(until: "elif", "else", "endif")
            branches.append((test, body))
            if end == "elif" { continue }
            let otherwise = end == "else" ? try parseBlock(until: "endif").body : []
            return .conditional(branches: branches, otherwise: otherwise)
        }
    }

    private mutating func parseFor() throws(JinjaError) -> Statement {
        let target = try parseTarget(allowsNamespace: false)
        guard !target.names.contains("loop") else {
            throw failure("'loop' cannot be the variable of a loop")
        }
        try expect(name: "in")
        let iterable = try parseTuple(allowsConditional: false, end: "recursive")
        let condition = skip(name: "if") ? try parseExpression() : nil
        let isRecursive = skip(name: "recursive")
        loopDepth += 1
        let (body, end) = try parseBlock(until: "else", "endfor")
        loopDepth -= 1
        let otherwise = end == "else" ? try parseBlock(until: "endfor").body : []
        return .loop(
            Loop(
                target: target, iterable: iterable, condition: condition, isRecursive: isRecursive,
                body: body, otherwise: otherwise))
    }

    private mutating func parseWith() throws(JinjaError) -> Statement {
        var assignments: [(target: AssignmentTarget, value: Expression)] = []
        while current.kind != .blockEnd {
            if !assignments.isEmpty { try expect(.comma) }
            let target = try parseTarget(allowsNamespace: false)
            try expect(.assign)
            assignments.append((target, try parseExpression()))
        }
        return .with(assignments, body: try parseBlock(until: "endwith").body)
    }

    private mutating func parseInheritanceBlock(at position: Position) throws(JinjaError) -> Statement {
        let name = try expectName("the name of the block")
        guard blockNames.insert(name).inserted else {
            throw JinjaError(.syntax, "the block '\(name)' is defined twice", at: position)
        }
        let isScoped = skip(name: "scoped")
        if skip(name: "required") {
            throw JinjaError(
                .syntax, "the block '\(name)' is required from another template, and there is none",
                at: position)
        }
        let outerLoopDepth = loopDepth
        loopDepth = 0
        defer { loopDepth = outerLoopDepth }
        let body = try parseBlock(until: "endblock").body
        _ = skip(name: name)
        return .block(InheritanceBlock(name: name, isScoped: isScoped, body: body))
    }

    // MARK: - Assignments

    private mutating func parseSet() throws(JinjaError) -> Statement {
        let position = current.position
        let target = try parseTarget(allowsNamespace: true)
        if skip(.assign) {
            return .assignment(target, try parseTuple())
        }
        let chain = try parseFilter(of: node(.renderedBlock, at: position))
        return .blockAssignment(target, chain, body: try parseBlock(until: "endset").body)
    }

    private mutating func parseTarget(allowsNamespace: Bool) throws(JinjaError) -> AssignmentTarget {
        let position = current.position
        var targets: [AssignmentTarget] = []
        var isTuple = false
        while true {
            if isTuple, isAt(name: "in") || isAt(.assign) || isAt(.rightParenthesis) || isAt(.pipe) { break }
            targets.append(try parseTargetElement(allowsNamespace: allowsNamespace))
            guard skip(.comma) else { break }
            isTuple = true
        }
        return isTuple ? .tuple(targets, position: position) : targets[0]
    }

    private mutating func parseTargetElement(allowsNamespace: Bool) throws(JinjaError) -> AssignmentTarget {
        let position = current.position
        if skip(.leftParenthesis) {
            let target = try nested { parser throws(JinjaError) in
                try parser.parseTarget(allowsNamespace: allowsNamespace)
            }
            try expect(.rightParenthesis)
            return target
        }
        let name = try expectName("a variable to assign to")
        guard !Self.constants.contains(name) else {
            throw JinjaError(.syntax, "'\(name)' cannot be assigned to", at: position)
        }
        guard allowsNamespace, skip(.dot) else { return .name(name) }
        let attribute = Text(try expectName("an attribute of namespace '\(name)'"))
        mention(name)
        return .namespaceAttribute(namespace: name, attribute: attribute, position: position)
    }

    // MARK: - Macros

    private mutating func parseMacro(at position: Position) throws(JinjaError) -> Statement {
        let name = try expectName("the name of the macro")
        let parameters = try parseSignature()
        let (body, mentioned) = try parseMacroBody(until: "endmacro")
        return .macro(
            MacroDefinition(
                name: name, parameters: parameters, body: body, mentionedNames: mentioned, position: position)
        )
    }

    private mutating func parseCallBlock(at position: Position) throws(JinjaError) -> Statement {
        let parameters = isAt(.leftParenthesis) ? try parseSignature() : []
        let call = try parseExpression()
        guard case .call = call.kind else {
            throw JinjaError(.syntax, "expected a call of a macro", at: call.position)
        }
        let (body, mentioned) = try parseMacroBody(until: "endcall")
        let caller = MacroDefinition(
            name: nil, parameters: parameters, body: body, mentionedNames: mentioned, position: position)
        return .callBlock(call, caller: caller)
    }

    private mutating func parseGeneration() throws(JinjaError) -> [Statement] {
        try parseMacroBody(until: "endgeneration").body
    }

    private mutating func parseMacroBody(
        until end: String
    ) throws(JinjaError) -> (body: [Statement], mentioned: Set<String>) {
        mentionedNames.append([])
        let outerLoopDepth = loopDepth
        loopDepth = 0
        defer { loopDepth = outerLoopDepth }
        let body = try parseBlock(until: end).body
        let mentioned = mentionedNames.popLast() ?? []
        if !mentionedNames.isEmpty { mentionedNames[mentionedNames.count - 1].formUnion(mentioned) }
        return (body, mentioned)
    }

    private mutating func parseSignature() throws(JinjaError) -> [MacroDefinition.Parameter] {
        var parameters: [MacroDefinition.Parameter] = []
        try expect(.leftParenthesis)
        while !isAt(.rightParenthesis) {
            if !parameters.isEmpty { try expect(.comma) }
            let position = current.position
            let name = try expectName("a parameter")
            guard !parameters.contains(where: { $0.name == name }) else {
                throw JinjaError(.syntax, "the parameter '\(name)' is declared twice", at: position)
            }
            let defaultValue = skip(.assign) ? try parseExpression() : nil
            guard defaultValue != nil || parameters.last?.defaultValue == nil else {
                throw JinjaError(
                    .syntax, "the parameter '\(name)' without a default follows one with a default",
                    at: position)
            }
            parameters.append(MacroDefinition.Parameter(name: name, defaultValue: defaultValue))
        }
        try expect(.rightParenthesis)
        return parameters
    }
}

extension AssignmentTarget {
    /// The variables that this target sets.
    var names: [String] {
        switch self {
        case .name(let name): [name]
        case .namespaceAttribute: []
        case .tuple(let targets, _): targets.flatMap(\.names)
        }
    }
}
