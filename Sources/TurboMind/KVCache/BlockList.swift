/// Blocks in the order in which they were last used: a doubly linked list whose links lie in the blocks' records.
struct BlockList: Sendable {
    private(set) var count = 0
    private(set) var first: Int32?
    private var last: Int32?

    /// Neighbours of a block in the list.
    struct Links: Sendable {
        var previous: Int32 = -1
        var next: Int32 = -1
        var isLinked = false
    }

    mutating func append<Record>(
        _ block: Int32, links: inout [Record], at path: WritableKeyPath<Record, Links>
    ) {
        precondition(!links[Int(block)][keyPath: path].isLinked, "block \(block) is in the list")
        links[Int(block)][keyPath: path] = Links(previous: last ?? -1, next: -1, isLinked: true)
        if let last { links[Int(last)][keyPath: path].next = block } else { first = block }
        last = block
        count += 1
    }

    mutating func remove<Record>(
        _ block: Int32, links: inout [Record], at path: WritableKeyPath<Record, Links>
    ) {
        let own = links[Int(block)][keyPath: path]
        precondition(own.isLinked, "block \(block) is not in the list")
        if own.previous >= 0 {
            links[Int(own.previous)][keyPath: path].next = own.next
        } else {
            first = own.next >= 0 ? own.next : nil
        }
        if own.next >= 0 {
            links[Int(own.next)][keyPath: path].previous = own.previous
        } else {
            last = own.previous >= 0 ? own.previous : nil
        }
        links[Int(block)][keyPath: path] = Links()
        count -= 1
    }

    /// What is wrong with the links; `nil` when they are right.
    func checkIntegrity<Record>(links: [Record], at path: KeyPath<Record, Links>) -> String? {
        var seen = 0
        var previous: Int32 = -1
        var block = first ?? -1
        while block >= 0 && seen <= count {
            let own = links[Int(block)][keyPath: path]
            if own.previous != previous { return "block \(block) is linked wrongly" }
            previous = block
            block = own.next
            seen += 1
        }
        return seen == count && previous == (last ?? -1) ? nil : "the list of cached blocks is broken"
    }
}
