extension Interpreter {
    /// `value.name`: an attribute or method, else the item of that name.
    func attribute(_ name: Text, of value: Value) throws(JinjaError) -> Value {
        if case .undefined(let undefined) = value { throw failure(using: undefined) }
        if let found = try nativeAttribute(name, of: value) { return found }
        if case .dictionary(let mapping) = value, let found = mapping[name] { return found }
        return missing(.string(name), of: value)
    }

    /// `value[index]`: an item, else for a string the attribute or method of that name.
    func item(_ index: Value, of value: Value) throws(JinjaError) -> Value {
        if case .undefined(let undefined) = value { throw failure(using: undefined) }
        if let found = try element(index, of: value) { return found }
        if case .string(let name) = index, let found = try nativeAttribute(name, of: value) { return found }
        return missing(index, of: value)
    }

    func slice(_ value: Value, from start: Value?, to stop: Value?, by step: Value?) throws(JinjaError)
        -> Value
    {
        if case .undefined(let undefined) = value { throw failure(using: undefined) }
        guard let count = sliceableCount(value) else {
            throw failure(.type, "'\(value.typeName)' object cannot be sliced")
        }
        let step = try bound(step) ?? 1
        guard step != 0 else { throw failure(.value, "slice step cannot be zero") }
        let (first, end) = sliceBounds(
            count: count, start: try bound(start), stop: try bound(stop), step: step)
        let indices = Array(stride(from: first, to: end, by: step))
        try charge(indices.count)
        switch value {
        case .string(let text):
            let part = try makeString(Text(indices.map { text.scalars[$0] }))
            return text.isMarkup ? part.markup : part
        case .list(let elements): return try makeList(indices.map { elements.items[$0] })
        case .tuple(let elements): return try makeTuple(indices.map { elements.items[$0] })
        case .range(let range):
            let (stride, overflow) = range.step.multipliedReportingOverflow(by: step)
            guard !overflow else { throw failure(.value, "the step of the range does not fit 64 bits") }
            return .range(
                IntegerRange(
                    start: range.element(first), stop: range.element(end), step: stride, count: indices.count)
            )
        default: return value
        }
    }

    // MARK: - Items

    private func element(_ index: Value, of value: Value) throws(JinjaError) -> Value? {
        switch value {
        case .dictionary(let mapping):
            // An unhashable key is looked up in vain, as Jinja swallows Python's TypeError.
            return try hashableKey(for: index).flatMap { mapping[$0] }
        case .string(let text):
            guard let place = place(index, count: text.count) else { return nil }
            let part = Text([text.scalars[place]])
            return .string(text.isMarkup ? part.markup : part)
        case .list(let elements), .tuple(let elements):
            return place(index, count: elements.items.count).map { elements.items[$0] }
        case .range(let range):
            return place(index, count: range.count).map { .int(range.element($0)) }
        default:
            return nil
        }
    }

    private func place(_ index: Value, count: Int) -> Int? {
        guard let integer = index.integer else { return nil }
        let place = integer < 0 ? integer + count : integer
        return (0..<count).contains(place) ? place : nil
    }

    private func sliceableCount(_ value: Value) -> Int? {
        switch value {
        case .string(let text): text.count
        case .list(let elements), .tuple(let elements): elements.items.count
        case .range(let range): range.count
        default: nil
        }
    }

    private func bound(_ value: Value?) throws(JinjaError) -> Int? {
        switch value {
        case nil, .some(.none): return nil
        case .some(let value):
            guard let integer = value.integer else {
                throw failure(.type, "slice indices must be integers or none, found \(value.typeName)")
            }
            return integer
        }
    }

    /// Python's `slice.indices`: the first index and the one not reached.
    private func sliceBounds(count: Int, start: Int?, stop: Int?, step: Int) -> (first: Int, end: Int) {
        let lowest = step < 0 ? -1 : 0
        let highest = step < 0 ? count - 1 : count
        func clamp(_ bound: Int) -> Int {
            bound < 0 ? max(bound &+ count, lowest) : min(bound, highest)
        }
        return (
            start.map(clamp) ?? (step < 0 ? highest : lowest),
            stop.map(clamp) ?? (step < 0 ? lowest : highest)
        )
    }

    // MARK: - Attributes

    /// What Python's `getattr` finds on the value's type; forbidden attributes come back undefined.
    private func nativeAttribute(_ name: Text, of value: Value) throws(JinjaError) -> Value? {
        let text = name.string
        switch value {
        case .namespace(let namespace):
            if let found = namespace.attributes[name] { return found }
        case .loop(let loop):
            return try loopAttribute(text, of: loop)
        case .cycler(let cycler):
            if text == "current" { return cycler.items[cycler.position] }
        case .tuple(let elements) where elements.isGroup:
            if text == "grouper" { return elements.items[0] }
            if text == "list" { return elements.items[1] }
        case .range(let range):
            if text == "start" { return .int(range.start) }
            if text == "stop" { return .int(range.stop) }
            if text == "step" { return .int(range.step) }
        case .callable(.macro(let macro)):
            if text == "name" { return macro.definition.name.map { .string(Text($0)) } ?? Value.none }
            if text == "arguments" {
                return .tuple(macro.definition.parameters.map { .string(Text($0.name)) })
            }
        default: break
        }
        if Methods.isForbidden(text, on: value) {
            let message = "access to attribute '\(text)' of '\(value.typeName)' object is unsafe."
            return .undefined(Undefined(message: message, isForbidden: true))
        }
        return Methods.exists(text, on: value) ? .callable(.method(value, text)) : nil
    }

    private func loopAttribute(_ name: String, of loop: LoopContext) throws(JinjaError) -> Value? {
        let index = loop.index0
        return switch name {
        case "index": .int(index + 1)
        case "index0": .int(index)
        case "revindex": .int(try loop.count(in: self) - index)
        case "revindex0": .int(try loop.count(in: self) - index - 1)
        case "first": .bool(index == 0)
        case "last": .bool(try loop.peek() == nil)
        case "length": .int(try loop.count(in: self))
        case "depth": .int(loop.depth0 + 1)
        case "depth0": .int(loop.depth0)
        case "previtem": loop.previous ?? .undefined("there is no previous item")
        case "nextitem": try loop.peek() ?? .undefined("there is no next item")
        case "changed", "cycle": .callable(.method(.loop(loop), name))
        default: nil
        }
    }

    private func missing(_ name: Value, of value: Value) -> Value {
        let type = value.isNone ? "None" : "\(value.typeName) object"
        return switch name {
        case .string(let text): .undefined("'\(type)' has no attribute '\(text.string)'")
        case .int(let index): .undefined("\(type) has no element \(index)")
        default: .undefined("\(type) has no such element")
        }
    }
}
