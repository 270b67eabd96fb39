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
        self.init(Array(0..<Int32(pairs.count)), key: { pairs[Int($0)].key[...] })
        for node in values.indices where values[node] != Self.absent {
            values[node] = pairs[Int(values[node])].value
        }
    }

    /// Each value under its key, which must not be empty.
    ///
    /// Of equal keys the one with the largest value counts.
    init(_ values: [Int32], key: (Int32) -> ArraySlice<UInt8>) {
        let sorted = values.sorted { first, second in
            let order = key(first).order(to: key(second))
            return order == 0 ? first < second : order < 0
        }
        var keys: [Int32] = []
        keys.reserveCapacity(sorted.count)
        for value in sorted {
            if let last = keys.last, key(last) == key(value) { keys.removeLast() }
            keys.append(value)
        }
        build(keys, key)
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

    /// - Parameter values: in the order of their keys, which differ.
    private mutating func build(_ values: [Int32], _ key: (Int32) -> ArraySlice<UInt8>) {
        reserveNodes(values, key)
        // The values below each node of a level, whose keys share as many bytes as the level is deep.
        var level = [0..<Int32(values.count)]
        var depth = 0
        var node = 0
        while !level.isEmpty {
            var next: [Range<Int32>] = []
            for range in level {
                children.append(Int32(labels.count))
                var index = range.lowerBound
                if index < range.upperBound, key(values[Int(index)]).count == depth {
                    self.values[node] = values[Int(index)]
                    index += 1
                }
                while index < range.upperBound {
                    let first = index
                    let byte = key(values[Int(index)]).byte(at: depth)
                    while index < range.upperBound, key(values[Int(index)]).byte(at: depth) == byte {
                        index += 1
                    }
                    if node == 0 { roots[Int(byte)] = Int32(labels.count) }
                    next.append(first..<index)
                    labels.append(byte)
                    self.values.append(Self.absent)
                }
                node += 1
            }
            level = next
            depth += 1
        }
        children.append(Int32(labels.count))
    }

    /// A node for each byte of a key that the key before does not have at the same place.
    private mutating func reserveNodes(_ values: [Int32], _ key: (Int32) -> ArraySlice<UInt8>) {
        var count = 1
        var previous: ArraySlice<UInt8> = []
        for value in values {
            let key = key(value)
            count += key.count - zip(key, previous).prefix { $0 == $1 }.count
            previous = key
        }
        labels.reserveCapacity(count)
        self.values.reserveCapacity(count)
        children.reserveCapacity(count + 1)
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

extension ArraySlice where Element == UInt8 {
    /// Counted from the first one.
    fileprivate func byte(at offset: Int) -> UInt8 { self[startIndex + offset] }
}
