/// Byte strings with values, to find the longest one that a text begins with.
///
/// Sorted keys in one flat buffer: keys that share a beginning are neighbours, which makes the array a trie.
struct PrefixIndex: Sendable {
    private struct Entry {
        let start: Int
        let count: Int32
        let value: Int32
    }

    private var buffer: [UInt8] = []
    private var entries: [Entry] = []
    /// The entries that begin with each byte are those from `firsts[byte]` to `firsts[byte + 1]`.
    private var firsts = [Int](repeating: 0, count: 257)

    /// Each value is found by its key, which must not be empty.
    ///
    /// Of equal keys the one with the largest value is found.
    init(_ values: [Int32], key: (Int32) -> ArraySlice<UInt8>) {
        let sorted = values.sorted { first, second in
            let order = key(first).order(to: key(second))
            return order == 0 ? first > second : order < 0
        }
        entries.reserveCapacity(sorted.count)
        buffer.reserveCapacity(sorted.reduce(0) { $0 + key($1).count })
        for value in sorted {
            let key = key(value)
            guard let first = key.first else { continue }
            entries.append(Entry(start: buffer.count, count: Int32(key.count), value: value))
            buffer.append(contentsOf: key)
            firsts[Int(first) + 1] = entries.count
        }
        for byte in 1...256 { firsts[byte] = max(firsts[byte], firsts[byte - 1]) }
    }

    /// Whether a key begins with `byte`.
    @inline(__always)
    func hasKeys(from byte: UInt8) -> Bool {
        firsts[Int(byte)] < firsts[Int(byte) + 1]
    }

    /// The value and the length of the longest key at `start`; nothing from `end` on is looked at.
    func longest(_ bytes: [UInt8], from start: Int, to end: Int) -> (value: Int32, count: Int)? {
        guard start < end else { return nil }
        var candidates = firsts[Int(bytes[start])]..<firsts[Int(bytes[start]) + 1]
        var longest: Entry?
        var depth = 1
        while !candidates.isEmpty {
            // The shortest of candidates that agree so far is sorted first.
            if entries[candidates.lowerBound].count == depth { longest = entries[candidates.lowerBound] }
            guard start + depth < end else { break }
            candidates = narrow(candidates, depth, bytes[start + depth])
            depth += 1
        }
        return longest.map { ($0.value, Int($0.count)) }
    }

    // MARK: - Internals

    /// The candidates whose byte at `depth` is `byte`.
    private func narrow(_ candidates: Range<Int>, _ depth: Int, _ byte: UInt8) -> Range<Int> {
        let lower = firstCandidate(candidates, depth, atLeast: Int(byte))
        return lower..<firstCandidate(lower..<candidates.upperBound, depth, atLeast: Int(byte) + 1)
    }

    private func firstCandidate(_ candidates: Range<Int>, _ depth: Int, atLeast byte: Int) -> Int {
        var (low, high) = (candidates.lowerBound, candidates.upperBound)
        while low < high {
            let middle = (low + high) / 2
            let entry = entries[middle]
            // A key that ends here sorts before all that go on.
            let value = depth < entry.count ? Int(buffer[entry.start + depth]) : -1
            if value < byte { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
