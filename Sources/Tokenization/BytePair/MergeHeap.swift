/// A binary min-heap of possible merges: lowest rank first, then leftmost.
struct MergeHeap {
    /// `rank << 32 | index`.
    private var entries: [UInt64] = []

    init(capacity: Int) {
        entries.reserveCapacity(capacity)
    }

    mutating func push(rank: UInt32, index: Int) {
        let entry = UInt64(rank) << 32 | UInt64(UInt32(index))
        var hole = entries.count
        entries.append(entry)
        while hole > 0, entries[(hole - 1) / 2] > entry {
            entries[hole] = entries[(hole - 1) / 2]
            hole = (hole - 1) / 2
        }
        entries[hole] = entry
    }

    mutating func pop() -> (rank: UInt32, index: Int)? {
        guard let top = entries.first, let last = entries.popLast() else { return nil }
        if !entries.isEmpty { sink(last) }
        return (UInt32(top >> 32), Int(UInt32(truncatingIfNeeded: top)))
    }

    /// Moves the hole at the root down to where `entry` belongs.
    private mutating func sink(_ entry: UInt64) {
        var hole = 0
        while true {
            var child = hole * 2 + 1
            guard child < entries.count else { break }
            if child + 1 < entries.count, entries[child + 1] < entries[child] { child += 1 }
            guard entries[child] < entry else { break }
            entries[hole] = entries[child]
            hole = child
        }
        entries[hole] = entry
    }
}
