/// The `loop` variable of a `for` statement, which hands out the loop's items.
///
/// Reads no further ahead than the template's questions make it: a filtered loop decides about an item when it
/// comes to it, with what the body has changed by then.
final class LoopContext {
    private enum Ahead {
        case unread, end
        case item(Value)
    }

    private var source: ValueIterator
    /// What was read ahead to answer `last` or `nextitem`.
    private var ahead = Ahead.unread
    private var knownCount: Int?
    private(set) var previous: Value?
    private(set) var current: Value?
    /// Nesting of a recursive loop, from 0.
    let depth0: Int
    private(set) var index0 = -1
    var lastChanged: [Value]?
    /// The statement and scope to run again for `loop(children)`, in a recursive loop.
    let recursion: (loop: Loop, scope: Scope)?
    let depth: Int

    /// - Parameter count: the number of items, where it is known without reading them.
    init(source: ValueIterator, count: Int?, depth0: Int, recursion: (loop: Loop, scope: Scope)?) {
        self.source = source
        knownCount = count
        self.depth0 = depth0
        self.recursion = recursion
        depth = source.depth
    }

    func next() throws(JinjaError) -> Value? {
        guard let item = try peek() else { return nil }
        ahead = .unread
        index0 += 1
        previous = current
        current = item
        return item
    }

    func peek() throws(JinjaError) -> Value? {
        switch ahead {
        case .end: return nil
        case .item(let item): return item
        case .unread:
            let item = try source.next()
            ahead = item.map(Ahead.item) ?? .end
            return item
        }
    }

    /// The number of items, which reads them all where it is not known.
    func count(in interpreter: Interpreter) throws(JinjaError) -> Int {
        if let knownCount { return knownCount }
        var rest: [Value] = []
        while let item = try source.next() {
            try interpreter.charge(elements: rest.count + 1, added: 1)
            rest.append(item)
        }
        var count = rest.count + index0 + 1
        if case .item = ahead { count += 1 }
        source = ValueIterator(rest)
        knownCount = count
        return count
    }
}
