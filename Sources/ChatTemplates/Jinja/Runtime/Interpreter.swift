/// Runs one rendering of a template, within `JinjaLimits`.
final class Interpreter {
    /// Where the operation at hand stands in the template, for errors.
    var position = Position.start
    let clock: Clock
    /// The scope of the template's own statements, which inheritance blocks see instead of what encloses them.
    var templateScope: Scope?
    /// Text rendered by the block whose filter chain is being evaluated, the innermost last.
    var renderedBlocks: [Text] = []
    /// Whether output is escaped for HTML, as inside `{% autoescape true %}`.
    var escapesOutput = false

    /// A scope takes about as long to make as this many expressions take to evaluate.
    private static let stepsPerScope = 4

    private(set) var steps = 0
    private var producedScalars = 0
    private var depth = 0
    private var retainedScopes: [Scope] = []
    private var namespaces: [Namespace] = []

    init(clock: Clock) {
        self.clock = clock
    }

    /// Cuts the reference cycles and long chains that a template can build through namespaces and macros, and
    /// those of variables that hold generators, which refer to the interpreter.
    /// Every object of such a chain is held by one of these arrays, so no release recurses along it.
    func releaseRetainedObjects() {
        for scope in retainedScopes { scope.variables.removeAll() }
        templateScope?.variables.removeAll()
        for namespace in namespaces { namespace.attributes = Mapping() }
    }

    // MARK: - Errors

    func failure(_ kind: JinjaError.Kind, _ message: String) -> JinjaError {
        JinjaError(kind, message, at: position)
    }

    func failure(using undefined: Undefined) -> JinjaError {
        failure(undefined.isForbidden ? .security : .undefined, undefined.message)
    }

    // MARK: - Budgets

    /// Counts `count` steps.
    func charge(_ count: Int = 1) throws(JinjaError) {
        steps &+= max(count, 0)
        guard count <= JinjaLimits.steps, steps <= JinjaLimits.steps else {
            throw failure(.limit, "the template takes more than \(JinjaLimits.steps) steps")
        }
    }

    /// Counts `count` scalars about to be written into strings.
    func charge(scalars count: Int) throws(JinjaError) {
        let limit = JinjaLimits.producedScalars
        guard count <= limit, producedScalars + max(count, 0) <= limit else {
            throw failure(.limit, "the template produces more than \(limit) characters")
        }
        producedScalars += max(count, 0)
        try charge(1 + count / 64)
    }

    /// Counts the scalars of a repetition before it happens.
    func charge(scalars count: Int, times: Int) throws(JinjaError) {
        let (total, overflow) = count.multipliedReportingOverflow(by: max(times, 0))
        try charge(scalars: overflow ? .max : total)
    }

    /// Counts the elements of a new list and checks that it may be that long.
    func charge(elements count: Int) throws(JinjaError) {
        guard count <= JinjaLimits.elements else {
            throw failure(.limit, "a list is longer than \(JinjaLimits.elements) elements")
        }
        try charge(count)
    }

    /// Counts `added` elements of a list that has `count` by then.
    func charge(elements count: Int, added: Int) throws(JinjaError) {
        guard count <= JinjaLimits.elements else {
            throw failure(.limit, "a list is longer than \(JinjaLimits.elements) elements")
        }
        try charge(added)
    }

    /// Runs `body` one level of evaluation deeper.
    func nested<Result>(_ body: () throws(JinjaError) -> Result) throws(JinjaError) -> Result {
        try enter()
        defer { leave() }
        return try body()
    }

    func enter() throws(JinjaError) {
        guard depth < JinjaLimits.evaluationDepth else {
            throw failure(
                .limit, "calls and blocks are nested deeper than \(JinjaLimits.evaluationDepth) levels")
        }
        depth += 1
    }

    func leave() { depth -= 1 }

    // MARK: - Containers

    func makeList(_ items: [Value]) throws(JinjaError) -> Value {
        .list(try makeElements(items))
    }

    func makeTuple(_ items: [Value]) throws(JinjaError) -> Value {
        .tuple(try makeElements(items))
    }

    func makeElements(_ items: [Value]) throws(JinjaError) -> Elements {
        try charge(elements: items.count)
        let elements = Elements(items)
        try checkDepth(elements.depth)
        return elements
    }

    func makeIterator(_ items: [Value]) throws(JinjaError) -> Value {
        try charge(elements: items.count)
        let iterator = ValueIterator(items)
        try checkDepth(iterator.depth)
        return .iterator(iterator)
    }

    /// A generator over `source`, whose items `pull` makes; each counts as a step.
    func makeIterator(
        over source: [Value], pull: @escaping ValueIterator.Pull
    ) throws(JinjaError) -> Value {
        let depth = 1 + (source.map(\.depth).max() ?? 0)
        try checkDepth(depth)
        return .iterator(
            ValueIterator(depth: depth) { () throws(JinjaError) in
                try self.enter()
                defer { self.leave() }
                try self.charge()
                return try pull()
            })
    }

    /// What a loop over the value reads from, and how many items there are, where that is known.
    func source(of value: Value) throws(JinjaError) -> (iterator: ValueIterator, count: Int?) {
        if case .iterator(let iterator) = value { return (iterator, nil) }
        if case .loop(let loop) = value {
            // An outer loop gives its remaining items, each with itself.
            let pairs = ValueIterator(depth: loop.depth + 1) { () throws(JinjaError) in
                try loop.next().map { .tuple([$0, .loop(loop)]) }
            }
            return (pairs, nil)
        }
        let items = try elements(of: value)
        return (ValueIterator(items), items.count)
    }

    func makeString(_ text: Text) throws(JinjaError) -> Value {
        try charge(scalars: text.count)
        return .string(text)
    }

    func makeStrings(_ texts: [Text]) throws(JinjaError) -> Value {
        try charge(scalars: texts.reduce(0) { $0 + $1.count })
        return try makeList(texts.map(Value.string))
    }

    func checkDepth(_ depth: Int) throws(JinjaError) {
        guard depth <= JinjaLimits.valueDepth else {
            throw failure(.limit, "a value is nested deeper than \(JinjaLimits.valueDepth) levels")
        }
    }

    // MARK: - Retained objects

    func makeNamespace(_ attributes: Mapping) throws(JinjaError) -> Value {
        let namespace = Namespace(attributes)
        namespaces.append(namespace)
        try checkRetained()
        return .namespace(namespace)
    }

    /// A macro value; keeps the scopes that it sees until the rendering ends.
    func makeMacro(_ definition: MacroDefinition, in scope: Scope) throws(JinjaError) -> Value {
        var enclosing: Scope? = scope
        while let current = enclosing, !current.isRetained {
            current.isRetained = true
            retainedScopes.append(current)
            enclosing = current.parent
        }
        try checkRetained()
        return .callable(
            .macro(MacroValue(definition: definition, scope: scope, escapesOutput: escapesOutput)))
    }

    func makeScope(in parent: Scope) throws(JinjaError) -> Scope {
        try charge(Self.stepsPerScope)
        let scope = Scope(parent: parent)
        guard scope.depth <= JinjaLimits.scopeDepth else {
            throw failure(.limit, "scopes are nested deeper than \(JinjaLimits.scopeDepth) levels")
        }
        return scope
    }

    private func checkRetained() throws(JinjaError) {
        guard namespaces.count + retainedScopes.count <= JinjaLimits.retainedObjects else {
            throw failure(.limit, "more than \(JinjaLimits.retainedObjects) namespaces and macros")
        }
    }

    // MARK: - Context

    /// A context value as the template sees it.
    func value(of value: JinjaValue, depth: Int = 0) throws(JinjaError) -> Value {
        try checkDepth(depth)
        switch value {
        case .undefined: return .undefined("the value is undefined")
        case .none: return .none
        case .bool(let bool): return .bool(bool)
        case .int(let int): return .int(int)
        case .double(let double): return .double(double)
        case .string(let string): return .string(Text(string))
        case .array(let array):
            var items: [Value] = []
            for element in array { items.append(try self.value(of: element, depth: depth + 1)) }
            return .list(items)
        case .object(let object):
            var mapping = Mapping()
            for (key, member) in object.members {
                mapping.set(Text(key), to: try self.value(of: member, depth: depth + 1))
            }
            return .dictionary(mapping)
        }
    }
}
