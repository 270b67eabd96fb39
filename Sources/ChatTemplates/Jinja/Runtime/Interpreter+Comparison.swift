extension Interpreter {
    func compare(
        _ left: Value, _ operation: Expression.ComparisonOperator, _ right: Value
    ) throws(JinjaError) -> Bool {
        switch operation {
        case .equal: try isEqual(left, right)
        case .notEqual: try !isEqual(left, right)
        case .contained: try contains(left, in: right)
        case .notContained: try !contains(left, in: right)
        case .less:
            try isOrdered(left, right, "<") {
                $0 < $1
            } doubles: {
                $0 < $1
            }
        case .lessOrEqual:
            try isOrdered(left, right, "<=") {
                $0 <= $1
            } doubles: {
                $0 <= $1
            }
        case .greater:
            try isOrdered(left, right, ">") {
                $0 > $1
            } doubles: {
                $0 > $1
            }
        case .greaterOrEqual:
            try isOrdered(left, right, ">=") {
                $0 >= $1
            } doubles: {
                $0 >= $1
            }
        }
    }

    // MARK: - Equality

    /// Python's `==`. Counts steps, as shared containers make the walk longer than the values are large.
    func isEqual(_ left: Value, _ right: Value) throws(JinjaError) -> Bool {
        try charge()
        if let first = left.integer, let second = right.integer { return first == second }
        if let first = left.double, let second = right.double { return first == second }
        switch (left, right) {
        case (.undefined, .undefined), (.none, .none): return true
        case (.string(let first), .string(let second)):
            try charge(min(first.count, second.count) / 64)
            return first == second
        case (.list(let first), .list(let second)), (.tuple(let first), .tuple(let second)):
            return try areEqual(first.items, second.items)
        case (.dictionary(let first), .dictionary(let second)):
            guard first.count == second.count else { return false }
            for (keyValue, value) in first.entries {
                guard let other = second[try key(for: keyValue)], try isEqual(value, other) else {
                    return false
                }
            }
            return true
        case (.range(let first), .range(let second)):
            return try areEqual(first.items, second.items)
        case (.namespace(let first), .namespace(let second)): return first === second
        case (.loop(let first), .loop(let second)): return first === second
        case (.iterator(let first), .iterator(let second)): return first === second
        case (.cycler(let first), .cycler(let second)): return first === second
        case (.callable(.macro(let first)), .callable(.macro(let second))): return first === second
        case (.callable(.global(let first)), .callable(.global(let second))): return first == second
        default: return false
        }
    }

    private func areEqual(_ left: [Value], _ right: [Value]) throws(JinjaError) -> Bool {
        guard left.count == right.count else { return false }
        for (first, second) in zip(left, right) {
            guard try isEqual(first, second) else { return false }
        }
        return true
    }

    // MARK: - Order

    func isLess(_ left: Value, _ right: Value) throws(JinjaError) -> Bool {
        try compare(left, .less, right)
    }

    /// Compares two values that Python orders: numbers, strings, or lists of such.
    private func isOrdered(
        _ left: Value, _ right: Value, _ symbol: String,
        texts: (Text, Text) -> Bool, doubles: (Double, Double) -> Bool
    ) throws(JinjaError) -> Bool {
        try charge()
        for case .undefined(let undefined) in [left, right] { throw failure(using: undefined) }
        if let first = left.integer, let second = right.integer {
            // Integers beyond 2^53 do not survive the conversion to double, but their order to zero does.
            let (difference, overflow) = first.subtractingReportingOverflow(second)
            return doubles(overflow ? (first < second ? -1 : 1) : Double(difference), 0)
        }
        if let first = left.double, let second = right.double { return doubles(first, second) }
        switch (left, right) {
        case (.string(let first), .string(let second)):
            try charge(min(first.count, second.count) / 64)
            return texts(first, second)
        case (.list(let first), .list(let second)), (.tuple(let first), .tuple(let second)):
            for (one, other) in zip(first.items, second.items) where try !isEqual(one, other) {
                return try isOrdered(one, other, symbol, texts: texts, doubles: doubles)
            }
            return doubles(Double(first.items.count), Double(second.items.count))
        default:
            throw failure(
                .type,
                "'\(symbol)' not supported between instances of '\(left.typeName)' and '\(right.typeName)'")
        }
    }

    /// A stable sort by Python's order of `keys`, which stand in parallel with `items`.
    func sorted(_ items: [Value], keys: [Value], descending: Bool) throws(JinjaError) -> [Value] {
        var order = Array(items.indices)
        var buffer = order
        var width = 1
        // A bottom-up merge sort, as the standard library's sort cannot throw a typed error through.
        while width < order.count {
            for start in stride(from: 0, to: order.count, by: 2 * width) {
                try merge(
                    order, into: &buffer, start: start, width: width, keys: keys, descending: descending)
            }
            swap(&order, &buffer)
            width *= 2
        }
        return order.map { items[$0] }
    }

    private func merge(
        _ source: [Int], into target: inout [Int], start: Int, width: Int, keys: [Value], descending: Bool
    ) throws(JinjaError) {
        let middle = min(start + width, source.count)
        let end = min(start + 2 * width, source.count)
        var left = start
        var right = middle
        for place in start..<end {
            let takesRight: Bool
            if left == middle {
                takesRight = true
            } else if right == end {
                takesRight = false
            } else if descending {
                takesRight = try isLess(keys[source[left]], keys[source[right]])
            } else {
                takesRight = try isLess(keys[source[right]], keys[source[left]])
            }
            target[place] = takesRight ? source[right] : source[left]
            if takesRight { right += 1 } else { left += 1 }
        }
    }

    // MARK: - Membership

    func contains(_ value: Value, in container: Value) throws(JinjaError) -> Bool {
        switch container {
        case .string(let text):
            guard case .string(let pattern) = value else {
                if case .undefined(let undefined) = value { throw failure(using: undefined) }
                throw failure(
                    .type, "'in <string>' requires string as left operand, not \(value.typeName)")
            }
            try charge((text.count + pattern.count) / 64)
            return text.firstIndex(of: pattern) != nil
        case .dictionary(let mapping):
            return mapping[try key(for: value)] != nil
        case .iterator(let iterator):
            while let item = try iterator.next() {
                if try isEqual(item, value) { return true }
            }
            return false
        default:
            for item in try elements(of: container, membership: true) where try isEqual(item, value) {
                return true
            }
            return false
        }
    }

    // MARK: - Keys

    func key(for value: Value) throws(JinjaError) -> MappingKey {
        guard let key = try hashableKey(for: value) else {
            throw failure(.type, "unhashable type: '\(value.typeName)'")
        }
        return key
    }

    func hashableKey(for value: Value) throws(JinjaError) -> MappingKey? {
        try charge()
        if let integer = value.integer { return .int(integer) }
        switch value {
        case .none: return MappingKey.none
        case .undefined: return .undefined
        case .double(let double): return Int(exactly: double).map(MappingKey.int) ?? .double(double)
        case .string(let text): return .string(text)
        case .tuple(let elements):
            var keys: [MappingKey] = []
            for item in elements.items {
                guard let key = try hashableKey(for: item) else { return nil }
                keys.append(key)
            }
            return .tuple(keys)
        case .range(let range):
            // Ranges of the same numbers are equal.
            return .range(
                count: range.count, start: range.count > 0 ? range.start : nil,
                step: range.count > 1 ? range.step : nil)
        case .iterator(let object): return .object(ObjectIdentifier(object))
        case .namespace(let object): return .object(ObjectIdentifier(object))
        case .loop(let object): return .object(ObjectIdentifier(object))
        case .cycler(let object): return .object(ObjectIdentifier(object))
        case .callable(.macro(let object)): return .object(ObjectIdentifier(object))
        case .callable(.joiner(let object)): return .object(ObjectIdentifier(object))
        case .callable(.global(let function)): return .function(function.rawValue)
        // Methods are equal when their receivers are one object; here values are none. No two keys have the same
        // number of steps.
        case .callable(.method): return .unique(steps)
        default: return nil
        }
    }

    // MARK: - Iteration

    /// The items that a loop over the value sees.
    func elements(of value: Value, membership: Bool = false) throws(JinjaError) -> [Value] {
        let items: [Value]
        switch value {
        case .undefined: items = []
        case .string(let text): items = text.scalars.map { .string(Text([$0])) }
        case .list(let elements), .tuple(let elements), .view(_, let elements): items = elements.items
        case .dictionary(let mapping): items = mapping.entries.map(\.key)
        case .range(let range): items = range.items
        case .iterator(let iterator): return try drain(iterator)
        case .loop: return try drain(try source(of: value).iterator)
        default:
            throw failure(
                .type,
                membership
                    ? "argument of type '\(value.typeName)' is not iterable"
                    : "'\(value.typeName)' object is not iterable")
        }
        try charge(elements: items.count)
        return items
    }

    private func drain(_ iterator: ValueIterator) throws(JinjaError) -> [Value] {
        var items: [Value] = []
        while let item = try iterator.next() {
            try charge(elements: items.count + 1, added: 1)
            items.append(item)
        }
        return items
    }
}
