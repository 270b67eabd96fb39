extension Filters {
    static let sequenceFilters: [String: Filter] = [
        "list": list, "first": first, "last": last, "reverse": reverse, "join": join, "sort": sort,
        "unique": unique, "min": extreme("min"), "max": extreme("max"), "sum": sum, "batch": batch,
        "slice": slice, "items": items, "dictsort": dictsort, "groupby": groupby, "map": map,
        "select": selection(keeps: true, byAttribute: false),
        "reject": selection(keeps: false, byAttribute: false),
        "selectattr": selection(keeps: true, byAttribute: true),
        "rejectattr": selection(keeps: false, byAttribute: true),
    ]

    private static let list: Filter = { value, arguments, interpreter throws(JinjaError) in
        try arguments.refuseAll(for: "list", in: interpreter)
        return try interpreter.makeList(try interpreter.elements(of: value))
    }

    private static let first: Filter = { value, arguments, interpreter throws(JinjaError) in
        try arguments.refuseAll(for: "first", in: interpreter)
        if case .iterator(let iterator) = value {
            return try iterator.next() ?? .undefined("No first item, sequence was empty.")
        }
        return try interpreter.elements(of: value).first ?? .undefined("No first item, sequence was empty.")
    }

    private static let last: Filter = { value, arguments, interpreter throws(JinjaError) in
        try arguments.refuseAll(for: "last", in: interpreter)
        if case .iterator = value { throw interpreter.failure(.type, "'generator' object is not reversible") }
        return try interpreter.elements(of: value).last ?? .undefined("No last item, sequence was empty.")
    }

    private static let reverse: Filter = { value, arguments, interpreter throws(JinjaError) in
        try arguments.refuseAll(for: "reverse", in: interpreter)
        if case .string(let text) = value {
            let reversed = try interpreter.makeString(Text(text.scalars.reversed()))
            return text.isMarkup ? reversed.markup : reversed
        }
        let items = try interpreter.elements(of: value)
        switch value {
        // What has no end to begin at comes as a list.
        case .iterator, .loop: return try interpreter.makeList(items.reversed())
        default: return try interpreter.makeIterator(items.reversed())
        }
    }

    private static let join: Filter = { value, arguments, interpreter throws(JinjaError) in
        let bound = try arguments.bind(["d", "attribute"], for: "join", in: interpreter)
        var separator =
            try bound[0].map { text throws(JinjaError) in try interpreter.text(of: text) } ?? Text()
        let keys = try KeyGetter(bound[1], isCaseSensitive: true, in: interpreter)
        var pieces: [Text] = []
        for item in try interpreter.elements(of: value) {
            pieces.append(try interpreter.text(of: try keys.key(of: item)))
        }
        let isMarkup = interpreter.escapesOutput && (separator.isMarkup || pieces.contains(where: \.isMarkup))
        if isMarkup {
            separator = separator.escaped
            pieces = pieces.map(\.escaped)
        }
        let joined = try interpreter.join(pieces, separator: separator)
        return .string(isMarkup ? joined.markup : joined)
    }

    private static let sort: Filter = { value, arguments, interpreter throws(JinjaError) in
        let bound = try arguments.bind(
            ["reverse", "case_sensitive", "attribute"], for: "sort", in: interpreter)
        let keys = try KeyGetter(
            bound[2], isCaseSensitive: bound[1]?.isTrue ?? false, allowsSeveral: true, in: interpreter)
        let items = try interpreter.elements(of: value)
        return try interpreter.makeList(
            try interpreter.sorted(
                items, keys: try keys.keys(of: items), descending: bound[0]?.isTrue ?? false))
    }

    private static let unique: Filter = { value, arguments, interpreter throws(JinjaError) in
        let bound = try arguments.bind(["case_sensitive", "attribute"], for: "unique", in: interpreter)
        let keys = try KeyGetter(bound[1], isCaseSensitive: bound[0]?.isTrue ?? false, in: interpreter)
        var seen: Set<MappingKey> = []
        let source = Deferred<ValueIterator>()
        return try interpreter.makeIterator(over: [value]) { () throws(JinjaError) in
            let items = try source.get { () throws(JinjaError) in try interpreter.source(of: value).iterator }
            while let item = try items.next() {
                try interpreter.charge()
                if seen.insert(try interpreter.key(for: try keys.key(of: item))).inserted { return item }
            }
            return nil
        }
    }

    private static func extreme(_ name: String) -> Filter {
        { value, arguments, interpreter throws(JinjaError) in
            let bound = try arguments.bind(["case_sensitive", "attribute"], for: name, in: interpreter)
            let keys = try KeyGetter(bound[1], isCaseSensitive: bound[0]?.isTrue ?? false, in: interpreter)
            let items = try interpreter.elements(of: value)
            guard var best = items.first else { return .undefined("No aggregated item, sequence was empty.") }
            var bestKey = try keys.key(of: best)
            for item in items.dropFirst() {
                let key = try keys.key(of: item)
                let wins =
                    try name == "min" ? interpreter.isLess(key, bestKey) : interpreter.isLess(bestKey, key)
                if wins { (best, bestKey) = (item, key) }
            }
            return best
        }
    }

    private static let sum: Filter = { value, arguments, interpreter throws(JinjaError) in
        let bound = try arguments.bind(["attribute", "start"], for: "sum", in: interpreter)
        let keys = try KeyGetter(bound[0], isCaseSensitive: true, in: interpreter)
        var total = bound[1] ?? .int(0)
        if case .string = total {
            throw interpreter.failure(.type, "sum() can't sum strings [use ''.join(seq) instead]")
        }
        for item in try interpreter.elements(of: value) {
            total = try interpreter.apply(.add, total, try keys.key(of: item))
        }
        return total
    }

    private static let batch: Filter = { value, arguments, interpreter throws(JinjaError) in
        let bound = try arguments.bind(
            ["linecount", "fill_with"], required: 1, for: "batch", in: interpreter)
        let width = bound[0] ?? .none
        let fill = bound[1] ?? .none
        let source = Deferred<ValueIterator>()
        // The item that did not fit into the row before.
        var next: [Value] = []
        return try interpreter.makeIterator(over: [value, fill, width]) { () throws(JinjaError) in
            let items = try source.get { () throws(JinjaError) in try interpreter.source(of: value).iterator }
            var row = next
            next = []
            while let item = try items.next() {
                if try interpreter.isEqual(.int(row.count), width) {
                    next = [item]
                    return try interpreter.makeList(row)
                }
                try interpreter.charge(elements: row.count + 1, added: 1)
                row.append(item)
            }
            guard !row.isEmpty else { return nil }
            if !fill.isNone, try interpreter.isLess(.int(row.count), width) {
                let count = try interpreter.integer(width, or: 0)
                try interpreter.charge(elements: count)
                row += Array(repeating: fill, count: count - row.count)
            }
            return try interpreter.makeList(row)
        }
    }

    private static let slice: Filter = { value, arguments, interpreter throws(JinjaError) in
        let bound = try arguments.bind(["slices", "fill_with"], required: 1, for: "slice", in: interpreter)
        var columns: ValueIterator?
        let given = [value, bound[0] ?? .none, bound[1] ?? .none]
        return try interpreter.makeIterator(over: given) { () throws(JinjaError) in
            if columns == nil {
                columns = ValueIterator(
                    try Self.columns(
                        of: try interpreter.elements(of: given[0]), count: given[1], fill: given[2],
                        in: interpreter))
            }
            return try columns?.next()
        }
    }

    private static let items: Filter = { value, arguments, interpreter throws(JinjaError) in
        try arguments.refuseAll(for: "items", in: interpreter)
        var pairs: ValueIterator?
        return try interpreter.makeIterator(over: [value]) { () throws(JinjaError) in
            if value.isUndefined { return nil }
            guard case .dictionary(let mapping) = value else {
                throw interpreter.failure(.type, "Can only get item pairs from a mapping.")
            }
            let items = pairs ?? ValueIterator(Methods.pairs(of: mapping))
            pairs = items
            return try items.next()
        }
    }

    private static let dictsort: Filter = { value, arguments, interpreter throws(JinjaError) in
        let bound = try arguments.bind(["case_sensitive", "by", "reverse"], for: "dictsort", in: interpreter)
        let by = try interpreter.optionalString(bound[1], for: "dictsort") ?? "key"
        guard by == "key" || by == "value" else {
            throw interpreter.failure(.value, "You can only sort by either \"key\" or \"value\"")
        }
        guard case .dictionary(let mapping) = value else {
            throw interpreter.failure(.type, "dictsort needs a mapping, not \(value.typeName)")
        }
        let keys = try KeyGetter(nil, isCaseSensitive: bound[0]?.isTrue ?? false, in: interpreter)
        let order = try keys.keys(of: mapping.entries.map { by == "key" ? $0.key : $0.value })
        return try interpreter.makeList(
            try interpreter.sorted(
                Methods.pairs(of: mapping), keys: order, descending: bound[2]?.isTrue ?? false))
    }

    private static let groupby: Filter = { value, arguments, interpreter throws(JinjaError) in
        let bound = try arguments.bind(
            ["attribute", "default", "case_sensitive"], required: 1, for: "groupby", in: interpreter)
        let isCaseSensitive = bound[2]?.isTrue ?? false
        let keys = try KeyGetter(
            bound[0], isCaseSensitive: isCaseSensitive, defaultValue: bound[1], in: interpreter)
        let items = try interpreter.elements(of: value)
        let sorted = try interpreter.sorted(items, keys: try keys.keys(of: items), descending: false)
        var groups: [(key: Value, items: [Value])] = []
        for item in sorted {
            let key = try keys.key(of: item)
            if let last = groups.last, try interpreter.isEqual(last.key, key) {
                groups[groups.count - 1].items.append(item)
            } else {
                groups.append((key, [item]))
            }
        }
        let spelling = try KeyGetter(bound[0], isCaseSensitive: true, defaultValue: bound[1], in: interpreter)
        var pairs: [Value] = []
        for group in groups {
            let key = try spelling.key(of: group.items[0])
            var pair = try interpreter.makeElements([key, try interpreter.makeList(group.items)])
            pair.isGroup = true
            pairs.append(.tuple(pair))
        }
        return try interpreter.makeList(pairs)
    }

    /// The items in `count` lists, the first of which are one longer where they do not come out even.
    private static func columns(
        of items: [Value], count: Value, fill: Value, in interpreter: Interpreter
    ) throws(JinjaError) -> [Value] {
        let count = try interpreter.integer(count, or: 0)
        guard count != 0 else { throw interpreter.failure(.value, "integer division or modulo by zero") }
        try interpreter.charge(elements: count)
        var columns: [Value] = []
        var start = 0
        for index in 0..<max(count, 0) {
            let isLonger = index < items.count % count
            let end = start + items.count / count + (isLonger ? 1 : 0)
            var column = Array(items[start..<end])
            if !fill.isNone, !isLonger { column.append(fill) }
            columns.append(try interpreter.makeList(column))
            start = end
        }
        return columns
    }

    // MARK: - Filters that take a filter or test

    private static let map: Filter = { value, arguments, interpreter throws(JinjaError) in
        let source = Deferred<ValueIterator>()
        let transform = Deferred<(Value) throws(JinjaError) -> Value>()
        return try interpreter.makeIterator(over: [value] + arguments.values) { () throws(JinjaError) in
            guard source.isMade || value.isTrue else { return nil }
            let apply = try transform.get { () throws(JinjaError) in
                try Self.transform(arguments, in: interpreter)
            }
            let items = try source.get { () throws(JinjaError) in try interpreter.source(of: value).iterator }
            guard let item = try items.next() else { return nil }
            return try apply(item)
        }
    }

    /// What `map` does with each item.
    private static func transform(
        _ arguments: CallArguments, in interpreter: Interpreter
    ) throws(JinjaError) -> (Value) throws(JinjaError) -> Value {
        if arguments.positional.isEmpty, arguments.named.contains(where: { $0.name == "attribute" }) {
            let bound = try arguments.bind(["attribute", "default"], for: "map", in: interpreter)
            let keys = try KeyGetter(
                bound[0], isCaseSensitive: true, defaultValue: bound[1], in: interpreter)
            return { item throws(JinjaError) in try keys.key(of: item) }
        }
        guard case .string(let name)? = arguments.positional.first else {
            throw interpreter.failure(.type, "map requires a filter argument")
        }
        let rest = CallArguments(positional: Array(arguments.positional.dropFirst()), named: arguments.named)
        return { item throws(JinjaError) in try apply(name.string, to: item, rest, in: interpreter) }
    }

    private static func selection(keeps: Bool, byAttribute: Bool) -> Filter {
        { value, arguments, interpreter throws(JinjaError) in
            let source = Deferred<ValueIterator>()
            let condition = Deferred<(Value) throws(JinjaError) -> Bool>()
            return try interpreter.makeIterator(over: [value] + arguments.values) { () throws(JinjaError) in
                guard source.isMade || value.isTrue else { return nil }
                let passes = try condition.get { () throws(JinjaError) in
                    try Self.condition(arguments, byAttribute: byAttribute, in: interpreter)
                }
                let items = try source.get { () throws(JinjaError) in
                    try interpreter.source(of: value).iterator
                }
                while let item = try items.next() {
                    try interpreter.charge()
                    if try passes(item) == keeps { return item }
                }
                return nil
            }
        }
    }

    /// What `select` and its like ask of each item.
    private static func condition(
        _ arguments: CallArguments, byAttribute: Bool, in interpreter: Interpreter
    ) throws(JinjaError) -> (Value) throws(JinjaError) -> Bool {
        var rest = arguments
        var keys: KeyGetter?
        if byAttribute {
            guard !rest.positional.isEmpty else {
                throw interpreter.failure(.type, "Missing parameter for attribute name")
            }
            keys = try KeyGetter(rest.positional.removeFirst(), isCaseSensitive: true, in: interpreter)
        }
        var test: String?
        if !rest.positional.isEmpty {
            test = try interpreter.string(rest.positional.removeFirst(), for: "select").string
        }
        return { item throws(JinjaError) in
            let subject = try keys.map { keys throws(JinjaError) in try keys.key(of: item) } ?? item
            guard let test else { return subject.isTrue }
            return try Tests.apply(test, to: subject, rest, in: interpreter)
        }
    }
}

/// What filters sort, group and select by: the item, or attributes of it such as "address.city,age".
struct KeyGetter {
    private let interpreter: Interpreter
    private let paths: [[Value]]
    private let returnsList: Bool
    private let isCaseSensitive: Bool
    private let defaultValue: Value?

    init(
        _ attribute: Value?, isCaseSensitive: Bool, allowsSeveral: Bool = false, defaultValue: Value? = nil,
        in interpreter: Interpreter
    ) throws(JinjaError) {
        self.interpreter = interpreter
        self.isCaseSensitive = isCaseSensitive
        self.defaultValue = defaultValue.flatMap { $0.isNone ? nil : $0 }
        switch attribute {
        case nil, .some(.none):
            // Lists compare equal items by equality alone, also those that have no order.
            paths = [[]]
            returnsList = allowsSeveral
        case .string(let text):
            let names =
                allowsSeveral ? text.pieces(between: text.matches(of: ","), separatorLength: 1) : [text]
            paths = names.map { name in
                name.pieces(between: name.matches(of: "."), separatorLength: 1).map { part in
                    let isIndex = !part.isEmpty && part.scalars.allSatisfy(\.isASCIIDigit)
                    return isIndex ? Int(part.string).map(Value.int) ?? .string(part) : .string(part)
                }
            }
            returnsList = allowsSeveral
        case .some(let index):
            guard let integer = index.integer else {
                throw interpreter.failure(
                    .type, "an attribute is named by a string or an integer, not \(index.typeName)")
            }
            paths = [[.int(integer)]]
            returnsList = allowsSeveral
        }
    }

    func key(of item: Value) throws(JinjaError) -> Value {
        var keys: [Value] = []
        for path in paths {
            var value = item
            for part in path {
                value = try interpreter.item(part, of: value)
                if value.isUndefined, let defaultValue { value = defaultValue }
            }
            keys.append(postprocessed(value))
        }
        return returnsList ? try interpreter.makeList(keys) : keys[0]
    }

    func keys(of items: [Value]) throws(JinjaError) -> [Value] {
        var keys: [Value] = []
        for item in items {
            try interpreter.charge()
            keys.append(try key(of: item))
        }
        return keys
    }

    private func postprocessed(_ value: Value) -> Value {
        if !isCaseSensitive, case .string(let text) = value { return .string(text.lowercased()) }
        return value
    }
}
