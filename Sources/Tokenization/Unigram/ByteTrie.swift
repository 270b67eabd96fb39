/// Byte strings with values, walked byte by byte: all keys that a text begins with, in one pass.
///
/// Nodes are in breadth-first order, so that the children of a node are neighbours, sorted by their byte.
struct ByteTrie: Sendable {
    private static let absent: Int32 = -1

    private var labels: [UInt8] = [0]
    private var values: [Int32] = [absent]
    /// The children of node `i` are those from `children[i]` to `children[i + 1]`.
    private var children: [Int32] = []
    /// The children of the root by byte, where most walks end.
    private var roots = [Int32](repeating: absent, count: 256)

    /// Keys must not be empty.
    ///
    /// Of equal keys the one that comes last counts.
    init(_ pairs: [(key: [UInt8], value: Int32)]) {
        var order = Array(pairs.indices)
        order.sort { (left: Int, right: Int) -> Bool in
            let (first, second) = (pairs[left].key, pairs[right].key)
            return first == second ? left < right : first.lexicographicallyPrecedes(second)
        }
        var keys: [(key: [UInt8], value: Int32)] = []
        keys.reserveCapacity(order.count)
        for index in order {
            if keys.last?.key == pairs[index].key { keys.removeLast() }
            keys.append(pairs[index])
        }
        build(keys)
    }

    /// Calls `body` with the length and the value of every key that `bytes[start..<end]` begins with, the
    /// shortest first.
    @inline(__always)
    func forEachPrefix(_ bytes: [UInt8], from start: Int, to end: Int, _ body: (Int, Int32) -> Void) {
        guard start < end else { return }
        var node = Int(roots[Int(bytes[start])])
        var index = start + 1
        while node >= 0 {
            if values[node] != Self.absent { body(index - start, values[node]) }
            guard index < end else { return }
            node = child(of: node, bytes[index])
            index += 1
        }
    }

    /// The longest key that `bytes[start..<end]` begins with.
    func longestPrefix(_ bytes: [UInt8], from start: Int, to end: Int) -> (count: Int, value: Int32)? {
        var longest: (count: Int, value: Int32)?
        forEachPrefix(bytes, from: start, to: end) { longest = ($0, $1) }
        return longest
    }

    // MARK: - Internals

    private mutating func build(_ keys: [(key: [UInt8], value: Int32)]) {
        // The keys below each node and how many bytes they share.
        var pending: [(keys: Range<Int>, depth: Int)] = [(0..<keys.count, 0)]
        var node = 0
        while node < pending.count {
            let (range, depth) = pending[node]
            children.append(Int32(pending.count))
            var index = range.lowerBound
            if index < range.upperBound, keys[index].key.count == depth {
                values[node] = keys[index].value
                index += 1
            }
            while index < range.upperBound {
                let byte = keys[index].key[depth]
                let first = index
                while index < range.upperBound, keys[index].key[depth] == byte { index += 1 }
                if node == 0 { roots[Int(byte)] = Int32(pending.count) }
                pending.append((first..<index, depth + 1))
                labels.append(byte)
                values.append(Self.absent)
            }
            node += 1
        }
        children.append(Int32(pending.count))
    }

    @inline(__always)
    private func child(of node: Int, _ byte: UInt8) -> Int {
        var (low, high) = (Int(children[node]), Int(children[node + 1]))
        while low < high {
            let middle = (low + high) / 2
            let label = labels[middle]
            if label == byte { return middle }
            if label < byte { low = middle + 1 } else { high = middle }
        }
        return -1
    }
}
