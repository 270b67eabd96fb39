/// Variables of one block, and the way to those around it.
final class Scope {
    var variables: [String: Value] = [:]
    let parent: Scope?
    let depth: Int
    /// Whether the interpreter keeps this scope until the rendering ends, as a macro refers to it.
    var isRetained = false

    init(parent: Scope?) {
        self.parent = parent
        depth = (parent?.depth ?? 0) + 1
    }

    func value(of name: String) -> Value? {
        var scope: Scope? = self
        while let current = scope {
            if let value = current.variables[name] { return value }
            scope = current.parent
        }
        return nil
    }
}

/// `namespace(…)`: attributes that inner scopes may set.
final class Namespace {
    var attributes: Mapping

    init(_ attributes: Mapping) {
        self.attributes = attributes
    }
}

/// `cycler(…)`: hands out its items in turn.
final class Cycler {
    let items: [Value]
    var position = 0
    let depth: Int

    init(_ items: [Value]) {
        self.items = items
        depth = 1 + items.reduce(0) { max($0, $1.depth) }
    }
}

/// Python's `range`.
struct IntegerRange {
    let start: Int
    let stop: Int
    let step: Int
    let count: Int

    /// Wraps around only for the bound behind the last element, which nothing reads.
    func element(_ index: Int) -> Int { start &+ index &* step }

    var items: [Value] { (0..<count).map { .int(element($0)) } }
}

/// What can be called.
enum Callable {
    case macro(MacroValue)
    /// A method of a built-in type, bound to its receiver.
    indirect case method(Value, String)
    case global(Globals.Function)
    /// `joiner(…)`: nothing the first time, then its separator.
    case joiner(Joiner)

    var depth: Int {
        switch self {
        case .method(let receiver, _): receiver.depth + 1
        case .joiner(let joiner): joiner.separator.depth + 1
        case .macro, .global: 0
        }
    }

    var typeName: String {
        switch self {
        case .macro: "Macro"
        case .method: "builtin_function_or_method"
        case .global: "function"
        case .joiner: "Joiner"
        }
    }
}

/// A macro and the scope that it was defined in.
final class MacroValue {
    let definition: MacroDefinition
    let scope: Scope
    /// Whether the macro stands inside `{% autoescape true %}`.
    let escapesOutput: Bool

    init(definition: MacroDefinition, scope: Scope, escapesOutput: Bool) {
        self.definition = definition
        self.scope = scope
        self.escapesOutput = escapesOutput
    }
}

final class Joiner {
    let separator: Value
    var isUsed = false

    init(separator: Value) {
        self.separator = separator
    }
}
