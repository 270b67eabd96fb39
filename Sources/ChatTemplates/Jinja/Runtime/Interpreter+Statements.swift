extension Interpreter {
    /// How a body ended.
    enum Flow {
        case normal, breakLoop, continueLoop
    }

    func run(_ body: [Statement], in scope: Scope, into output: inout Text) throws(JinjaError) -> Flow {
        try enter()
        defer { leave() }
        for statement in body {
            let flow = try run(statement, in: scope, into: &output)
            if flow != .normal { return flow }
        }
        return .normal
    }

    private func run(_ statement: Statement, in scope: Scope, into output: inout Text) throws(JinjaError)
        -> Flow
    {
        try charge()
        switch statement {
        case .text(let text):
            try write(text, to: &output)
        case .output(let expression):
            let value = try evaluate(expression, in: scope)
            position = expression.position
            try write(try printed(value), to: &output)
        case .conditional(let branches, let otherwise):
            for (test, body) in branches where try isTrue(test, in: scope) {
                return try run(body, in: scope, into: &output)
            }
            return try run(otherwise, in: scope, into: &output)
        case .loop(let loop):
            try run(loop, in: scope, into: &output)
        case .assignment(let target, let expression):
            try assign(try evaluate(expression, in: scope), to: target, in: scope)
        case .breakLoop: return .breakLoop
        case .continueLoop: return .continueLoop
        default: return try runBlock(statement, in: scope, into: &output)
        }
        return .normal
    }

    private func isTrue(_ test: Expression, in scope: Scope) throws(JinjaError) -> Bool {
        try evaluate(test, in: scope).isTrue
    }

    private func write(_ text: Text, to output: inout Text) throws(JinjaError) {
        try charge(scalars: text.count)
        output.append(text)
    }

    // MARK: - Blocks with a scope of their own

    private func runBlock(
        _ statement: Statement, in scope: Scope, into output: inout Text
    ) throws(JinjaError) -> Flow {
        switch statement {
        case .blockAssignment(let target, let chain, let body):
            var rendered = Text()
            let flow = try run(body, in: try makeScope(in: scope), into: &rendered)
            guard flow == .normal else { return flow }
            let value = try apply(chain, to: rendered, in: scope)
            // Where output is escaped, what a block sets is text that needs no escaping, whatever its filter made.
            try assign(escapesOutput ? .string(try text(of: value).markup) : value, to: target, in: scope)
        case .filterBlock(let chain, let body):
            var rendered = Text()
            let flow = try run(body, in: try makeScope(in: scope), into: &rendered)
            guard flow == .normal else { return flow }
            try write(try rendering(of: try apply(chain, to: rendered, in: scope)), to: &output)
        case .with(let assignments, let body):
            let inner = try makeScope(in: scope)
            for (target, expression) in assignments {
                try assign(try evaluate(expression, in: scope), to: target, in: inner)
            }
            return try run(body, in: inner, into: &output)
        case .generation(let body):
            return try run(body, in: try makeScope(in: scope), into: &output)
        case .autoescape(let condition, let body):
            let outer = escapesOutput
            escapesOutput = try isTrue(condition, in: scope)
            defer { escapesOutput = outer }
            return try run(body, in: try makeScope(in: scope), into: &output)
        case .block(let block):
            let enclosing = block.isScoped ? scope : templateScope ?? scope
            return try run(block.body, in: try makeScope(in: enclosing), into: &output)
        case .macro(let definition):
            position = definition.position
            scope.variables[definition.name ?? ""] = try makeMacro(definition, in: scope)
        case .callBlock(let call, let caller):
            position = caller.position
            let callerValue = try makeMacro(caller, in: scope)
            let result = try evaluateCall(call, in: scope, caller: callerValue)
            try write(try rendering(of: result), to: &output)
        default:
            break
        }
        return .normal
    }

    /// What a block writes, which Jinja joins to the rest as it is.
    private func rendering(of value: Value) throws(JinjaError) -> Text {
        guard case .string(let text) = value else {
            throw failure(.type, "the block makes \(value.typeName), expected str")
        }
        return text
    }

    private func apply(_ chain: Expression, to rendered: Text, in scope: Scope) throws(JinjaError) -> Value {
        renderedBlocks.append(escapesOutput ? rendered.markup : rendered)
        defer { renderedBlocks.removeLast() }
        return try evaluate(chain, in: scope)
    }

    // MARK: - Assignments

    func assign(_ value: Value, to target: AssignmentTarget, in scope: Scope) throws(JinjaError) {
        switch target {
        case .name(let name):
            scope.variables[name] = value
        case .namespaceAttribute(let name, let attribute, let place):
            position = place
            guard case .namespace(let namespace)? = scope.value(of: name) else {
                throw failure(
                    .type, "cannot assign attribute '\(attribute.string)' on what is not a namespace")
            }
            try checkNamespaceAttribute(attribute)
            namespace.attributes.set(attribute, to: value)
        case .tuple(let targets, let place):
            position = place
            let items = try elements(of: value)
            guard items.count == targets.count else {
                let problem = items.count > targets.count ? "too many" : "not enough"
                throw failure(
                    .value, "\(problem) values to unpack (expected \(targets.count), got \(items.count))")
            }
            for (item, inner) in zip(items, targets) { try assign(item, to: inner, in: scope) }
        }
    }

    func checkNamespaceAttribute(_ attribute: Text) throws(JinjaError) {
        guard attribute.scalars.first != "_" else {
            throw failure(
                .security,
                "namespace attributes cannot begin with an underscore, found '\(attribute.string)'")
        }
    }

    // MARK: - Loops

    private func run(_ loop: Loop, in scope: Scope, into output: inout Text) throws(JinjaError) {
        let iterable = try evaluate(loop.iterable, in: scope)
        position = loop.iterable.position
        try run(loop, over: iterable, depth0: 0, in: scope, into: &output)
    }

    /// The text of a recursive loop called on the children of an item.
    func recurse(into children: Value, from context: LoopContext) throws(JinjaError) -> Value {
        guard let (loop, scope) = context.recursion else {
            throw failure(.type, "the loop must have the 'recursive' marker to be called")
        }
        var output = Text()
        try run(loop, over: children, depth0: context.depth0 + 1, in: scope, into: &output)
        return .string(escapesOutput ? output.markup : output)
    }

    private func run(
        _ loop: Loop, over iterable: Value, depth0: Int, in scope: Scope, into output: inout Text
    ) throws(JinjaError) {
        try enter()
        defer { leave() }
        var (source, count) = try source(of: iterable)
        if let condition = loop.condition {
            source = filter(source, of: loop, by: condition, in: scope)
            count = nil
        }
        let context = LoopContext(
            source: source, count: count, depth0: depth0, recursion: loop.isRecursive ? (loop, scope) : nil)
        // Jinja runs `else` unless a body was completed, so `continue` and `break` do not count as
        // iterations.
        var hasCompletedBody = false
        while let item = try context.next() {
            let inner = try makeScope(in: scope)
            inner.variables["loop"] = .loop(context)
            try assign(item, to: loop.target, in: inner)
            let flow = try run(loop.body, in: inner, into: &output)
            if flow == .breakLoop { break }
            if flow == .normal { hasCompletedBody = true }
        }
        if !hasCompletedBody {
            _ = try run(loop.otherwise, in: try makeScope(in: scope), into: &output)
        }
    }

    private func filter(
        _ source: ValueIterator, of loop: Loop, by condition: Expression, in scope: Scope
    ) -> ValueIterator {
        ValueIterator(depth: source.depth) { () throws(JinjaError) in
            while let item = try source.next() {
                let inner = try self.makeScope(in: scope)
                try self.assign(item, to: loop.target, in: inner)
                if try self.isTrue(condition, in: inner) { return item }
            }
            return nil
        }
    }
}
