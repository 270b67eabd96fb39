/// A generator: makes its items one at a time, each when it is asked for, and is empty once read.
final class ValueIterator {
    typealias Pull = () throws(JinjaError) -> Value?

    private var pull: Pull
    private var isFinished = false
    let depth: Int

    /// - Parameter depth: levels of containers and generators that `pull` reads from, this one included.
    init(depth: Int, pull: @escaping Pull) {
        self.depth = depth
        self.pull = pull
    }

    /// The items of an array in turn.
    convenience init(_ items: [Value]) {
        var next = 0
        self.init(depth: 1 + items.reduce(0) { max($0, $1.depth) }) { () throws(JinjaError) in
            guard next < items.count else { return nil }
            next += 1
            return items[next - 1]
        }
    }

    /// The next item, nil at the end. A generator that fails is at its end.
    func next() throws(JinjaError) -> Value? {
        guard !isFinished else { return nil }
        let item: Value?
        do {
            item = try pull()
        } catch {
            finish()
            throw error
        }
        if item == nil { finish() }
        return item
    }

    private func finish() {
        isFinished = true
        pull = { () throws(JinjaError) in nil }
    }
}

/// What a generator makes when its first item is asked for.
final class Deferred<Made> {
    private var made: Made?

    var isMade: Bool { made != nil }

    func get(_ make: () throws(JinjaError) -> Made) throws(JinjaError) -> Made {
        if let made { return made }
        let new = try make()
        made = new
        return new
    }
}
