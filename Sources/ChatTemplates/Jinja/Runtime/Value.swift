/// A value while a template runs, with Python's types.
///
/// Containers are immutable, as the sandbox forbids changing them, so they are values here. What templates
/// can change (namespaces, loops, cyclers) is a class.
enum Value {
    case undefined(Undefined)
    case none
    case bool(Bool)
    case int(Int)
    case double(Double)
    case string(Text)
    case list(Elements)
    case tuple(Elements)
    case dictionary(Mapping)
    indirect case range(IntegerRange)
    /// `dict.keys()`, `.values()`, `.items()`: a list with another name when printed.
    case view(DictionaryView, Elements)
    /// A generator: always true, has no length, and is empty once read.
    case iterator(ValueIterator)
    case namespace(Namespace)
    case loop(LoopContext)
    case cycler(Cycler)
    case callable(Callable)
}

/// Which part of a dictionary a view shows; the raw value is Python's name of its type.
enum DictionaryView: String {
    case items = "dict_items"
    case keys = "dict_keys"
    case values = "dict_values"
}

/// The result of looking up what does not exist: prints as nothing, and fails when used.
struct Undefined {
    /// What a use of it reports.
    let message: String
    /// Set when the lookup was refused rather than in vain.
    var isForbidden = false
}

/// The elements of a list or tuple, with the nesting below them.
struct Elements {
    let items: [Value]
    /// Levels of containers, this one included; bounded because printing and release recurse over them.
    let depth: Int
    /// Whether this is a `groupby` pair, whose elements also answer to `grouper` and `list`.
    var isGroup = false

    init(_ items: [Value]) {
        self.items = items
        depth = 1 + items.reduce(0) { max($0, $1.depth) }
    }
}

extension Value {
    static var emptyString: Value { .string(Text()) }

    static func list(_ items: [Value]) -> Value { .list(Elements(items)) }

    static func tuple(_ items: [Value]) -> Value { .tuple(Elements(items)) }

    static func undefined(_ message: String) -> Value { .undefined(Undefined(message: message)) }

    var isUndefined: Bool {
        if case .undefined = self { true } else { false }
    }

    var isNone: Bool {
        if case .none = self { true } else { false }
    }

    /// Levels of containers; objects that the interpreter retains until the end count as none.
    var depth: Int {
        switch self {
        case .list(let elements), .tuple(let elements), .view(_, let elements): elements.depth
        case .dictionary(let mapping): mapping.depth
        case .iterator(let iterator): iterator.depth
        case .cycler(let cycler): cycler.depth
        case .callable(let callable): callable.depth
        case .loop(let loop): loop.depth
        default: 0
        }
    }

    /// Python's truth: empty and zero are false; generators, functions and namespaces are true.
    var isTrue: Bool {
        switch self {
        case .undefined, .none: false
        case .bool(let value): value
        case .int(let value): value != 0
        case .double(let value): value != 0
        case .string(let text): !text.isEmpty
        case .list(let elements), .tuple(let elements), .view(_, let elements): !elements.items.isEmpty
        case .dictionary(let mapping): mapping.count > 0
        case .range(let range): range.count > 0
        case .loop, .iterator, .namespace, .cycler, .callable: true
        }
    }

    /// The name of the value's type in Python's and Jinja's error messages.
    var typeName: String {
        switch self {
        case .undefined: "Undefined"
        case .none: "NoneType"
        case .bool: "bool"
        case .int: "int"
        case .double: "float"
        case .string: "str"
        case .list: "list"
        case .tuple: "tuple"
        case .dictionary: "dict"
        case .range: "range"
        case .view(let view, _): view.rawValue
        case .iterator: "generator"
        case .namespace: "Namespace"
        case .loop: "LoopContext"
        case .cycler: "Cycler"
        case .callable(let callable): callable.typeName
        }
    }

    /// The integer that Python takes this value for: an int or a bool.
    var integer: Int? {
        switch self {
        case .int(let value): value
        case .bool(let value): value ? 1 : 0
        default: nil
        }
    }

    /// The double that Python takes this value for: any number.
    var double: Double? {
        if case .double(let value) = self { value } else { integer.map(Double.init) }
    }
}
