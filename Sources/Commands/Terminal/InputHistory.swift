/// What was said before, oldest first, and where in it the person is looking.
package struct InputHistory: Sendable {
    package private(set) var entries: [String]
    /// Index of the entry shown; `entries.count` is the line being written.
    private var position: Int
    private var draft = ""

    /// Most entries kept.
    package static let capacity = 1000

    package init(entries: [String] = []) {
        self.entries = entries.suffix(Self.capacity)
        position = self.entries.count
    }

    /// Adds an entry and returns to the line being written.
    ///
    /// An entry equal to the newest is not added again.
    /// - Returns: whether it was added.
    @discardableResult
    package mutating func add(_ entry: String) -> Bool {
        defer { stopBrowsing() }
        guard entry != entries.last else { return false }
        entries.append(entry)
        if entries.count > Self.capacity { entries.removeFirst(entries.count - Self.capacity) }
        return true
    }

    /// The entry before the one shown; keeps `current` when it is the line being written.
    package mutating func previous(current: String) -> String? {
        guard position > 0 else { return nil }
        if position == entries.count { draft = current }
        position -= 1
        return entries[position]
    }

    /// The entry after the one shown, at last the line being written.
    package mutating func next() -> String? {
        guard position < entries.count else { return nil }
        position += 1
        return position == entries.count ? draft : entries[position]
    }

    /// Shows the line being written again.
    package mutating func stopBrowsing() {
        position = entries.count
        draft = ""
    }
}
