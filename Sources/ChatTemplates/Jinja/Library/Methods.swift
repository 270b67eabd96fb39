/// Methods of Python's built-in types.
enum Methods {
    static func exists(_ name: String, on value: Value) -> Bool {
        switch value {
        case .string: StringMethod(rawValue: name) != nil
        case .dictionary: dictionaryNames.contains(name)
        case .list: name == "index" || name == "count" || name == "copy"
        case .tuple, .range: name == "index" || name == "count"
        case .double: name == "is_integer"
        case .int, .bool: name == "bit_length" || name == "is_integer"
        case .cycler: name == "next" || name == "reset"
        case .loop: name == "changed" || name == "cycle"
        case .callable(.global(.dict)): name == "fromkeys"
        default: false
        }
    }

    /// Whether the sandbox refuses the attribute: internals, and methods that change their receiver.
    static func isForbidden(_ name: String, on value: Value) -> Bool {
        if name.hasPrefix("__"), name.hasSuffix("__"), name.utf8.count > 4 { return true }
        return switch value {
        case .list: listMutators.contains(name)
        case .dictionary: dictionaryMutators.contains(name)
        default: false
        }
    }

    static func call(
        _ name: String, on receiver: Value, _ arguments: CallArguments, in interpreter: Interpreter
    ) throws(JinjaError) -> Value {
        switch receiver {
        case .string(let text):
            guard let method = StringMethod(rawValue: name) else { break }
            let result = try method.call(on: text, arguments, in: interpreter)
            return text.isMarkup ? result.markup : result
        case .dictionary(let mapping):
            return try call(name, on: mapping, arguments, in: interpreter)
        case .list(let elements), .tuple(let elements):
            if name == "copy" { return .list(elements) }
            return try search(name, in: elements.items, arguments, in: interpreter)
        case .range(let range):
            return try search(name, in: range.items, arguments, in: interpreter)
        case .double(let double):
            return .bool(double.isFinite && double == double.rounded())
        case .int, .bool:
            let integer = receiver.integer ?? 0
            return name == "is_integer"
                ? .bool(true) : .int(Int.bitWidth - integer.magnitude.leadingZeroBitCount)
        case .cycler(let cycler):
            try arguments.refuseAll(for: name, in: interpreter)
            defer { cycler.position = name == "next" ? (cycler.position + 1) % cycler.items.count : 0 }
            return name == "next" ? cycler.items[cycler.position] : .none
        case .loop(let loop):
            return try call(name, on: loop, arguments, in: interpreter)
        case .callable(.global(.dict)):
            return try Globals.dictionary(fromKeys: arguments, in: interpreter)
        default: break
        }
        throw interpreter.failure(.type, "'\(receiver.typeName)' object has no method '\(name)'")
    }

    // MARK: - Internals

    private static let dictionaryNames: Set<String> = ["get", "items", "keys", "values", "copy"]
    private static let dictionaryMutators: Set<String> = ["clear", "pop", "popitem", "setdefault", "update"]
    private static let listMutators: Set<String> = [
        "append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort",
    ]

    private static func call(
        _ name: String, on mapping: Mapping, _ arguments: CallArguments, in interpreter: Interpreter
    ) throws(JinjaError) -> Value {
        if name == "get" {
            let bound = try arguments.bind(["key", "default"], required: 1, for: "get", in: interpreter)
            return mapping[try interpreter.key(for: bound[0] ?? .none)] ?? bound[1] ?? .none
        }
        try arguments.refuseAll(for: name, in: interpreter)
        switch name {
        case "items": return .view(.items, try interpreter.makeElements(pairs(of: mapping)))
        case "keys": return .view(.keys, try interpreter.makeElements(mapping.entries.map(\.key)))
        case "values": return .view(.values, try interpreter.makeElements(mapping.entries.map(\.value)))
        default: return .dictionary(mapping)
        }
    }

    static func pairs(of mapping: Mapping) -> [Value] {
        mapping.entries.map { .tuple([$0.key, $0.value]) }
    }

    private static func search(
        _ name: String, in items: [Value], _ arguments: CallArguments, in interpreter: Interpreter
    ) throws(JinjaError) -> Value {
        let parameters: [Text] = name == "index" ? ["value", "start", "stop"] : ["value"]
        let bound = try arguments.bind(parameters, required: 1, for: name, in: interpreter)
        let target = bound[0] ?? .none
        if name == "count" {
            var count = 0
            for item in items where try interpreter.isEqual(item, target) { count += 1 }
            return .int(count)
        }
        let range = try interpreter.clampedRange(bound[1], bound[2], count: items.count)
        for index in range where try interpreter.isEqual(items[index], target) { return .int(index) }
        throw interpreter.failure(.value, "\(try interpreter.representation(of: target)) is not in the list")
    }

    private static func call(
        _ name: String, on loop: LoopContext, _ arguments: CallArguments, in interpreter: Interpreter
    ) throws(JinjaError) -> Value {
        let values = arguments.positional
        if name == "cycle" {
            guard !values.isEmpty else { throw interpreter.failure(.type, "no items for cycling given") }
            return values[max(loop.index0, 0) % values.count]
        }
        defer { loop.lastChanged = values }
        guard let last = loop.lastChanged else { return .bool(true) }
        try interpreter.checkDepth(1 + (values.map(\.depth).max() ?? 0))
        return .bool(try !interpreter.isEqual(.tuple(last), .tuple(values)))
    }
}

extension Interpreter {
    /// Python's reading of the optional `start` and `end` of a search.
    func clampedRange(_ start: Value?, _ end: Value?, count: Int) throws(JinjaError) -> Range<Int> {
        guard let range = try searchRange(start, end, count: count) else { return count..<count }
        return range
    }

    /// The same; nil when the start is behind the end.
    func searchRange(_ start: Value?, _ end: Value?, count: Int) throws(JinjaError) -> Range<Int>? {
        var bounds = [0, count]
        for (index, value) in [start, end].enumerated() {
            guard let value, !value.isNone else { continue }
            guard let integer = value.integer else {
                throw failure(.type, "slice indices must be integers or None, found \(value.typeName)")
            }
            bounds[index] = max(integer < 0 ? integer &+ count : integer, 0)
        }
        bounds[1] = min(bounds[1], count)
        return bounds[0] <= bounds[1] ? bounds[0]..<bounds[1] : nil
    }
}
