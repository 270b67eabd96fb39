internal import Tensors

/// Hands out the blocks of the KV cache. Integers only: the memory is ``KVCacheStorage``.
package struct BlockPool: Sendable {
    package let capacity: Int
    private var free: [Int32]
    private var isFree: [Bool]

    package init(capacity: Int) {
        precondition(capacity >= 0 && capacity <= Int(Int32.max))
        self.capacity = capacity
        // Taken from the end: low numbers first, so that a small load touches little memory.
        free = (0..<Int32(capacity)).reversed()
        isFree = Array(repeating: true, count: capacity)
    }

    package var freeCount: Int { free.count }

    /// Blocks needed to hold `tokens` tokens.
    package static func blocks(forTokens tokens: Int) -> Int {
        (tokens + KVCacheShape.defaultTokensPerBlock - 1) / KVCacheShape.defaultTokensPerBlock
    }

    /// Takes `count` blocks, or none when there are not as many.
    package mutating func take(_ count: Int) -> [Int32]? {
        guard count <= free.count else { return nil }
        let taken = Array(free.suffix(count).reversed())
        free.removeLast(count)
        for block in taken { isFree[Int(block)] = false }
        return taken
    }

    /// Gives blocks back.
    package mutating func put(_ blocks: [Int32]) {
        for block in blocks {
            precondition(!isFree[Int(block)], "block \(block) was given back twice")
            isFree[Int(block)] = true
        }
        free.append(contentsOf: blocks.reversed())
    }

    /// What is wrong with the pool's books; `nil` when they are right.
    package func checkIntegrity(held: [Int32]) -> String? {
        if free.count + held.count != capacity {
            return "\(free.count) free and \(held.count) held blocks, expected \(capacity) together"
        }
        var seen = Array(repeating: false, count: capacity)
        for block in free + held {
            if seen[Int(block)] { return "block \(block) is listed twice" }
            seen[Int(block)] = true
        }
        for block in free where !isFree[Int(block)] { return "free block \(block) is marked as held" }
        return nil
    }
}
