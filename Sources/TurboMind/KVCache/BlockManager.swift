/// Hands out the blocks of the KV cache and remembers what blocks that nobody uses still hold. Integers only: the
/// memory is ``KVCacheStorage``.
///
/// A block is *free* (it holds nothing), *active* (sequences read it; how many is counted) or *cached* (nobody reads
/// it, and it keeps its content until the memory is needed: least recently used first).
///
/// A full block can be *sealed*: its content is then found again by what came before it and its exact tokens (Kwon
/// et al. 2023, section 4; Zheng et al. 2024, section 3). Sealed blocks are shared and never written.
package struct BlockManager: Sendable {
    package let capacity: Int
    package let tokensPerBlock: Int
    private var records: [Record]
    private var free: [Int32]
    private var cached = BlockList()
    private var sealed: [PrefixKey: Int32] = [:]
    private var nextContent: UInt64 = 1

    /// What is known about a block.
    private struct Record {
        var users: Int32 = 0
        /// Changes whenever the block is handed out; 0 before the first time.
        var content: UInt64 = 0
        var key: PrefixKey?
        var links = BlockList.Links()
    }

    package init(capacity: Int, tokensPerBlock: Int = 64) {
        precondition(capacity >= 0 && capacity <= Int(Int32.max) && tokensPerBlock > 0)
        self.capacity = capacity
        self.tokensPerBlock = tokensPerBlock
        records = Array(repeating: Record(), count: capacity)
        // Taken from the end: low numbers first, so that a small load touches little memory.
        free = (0..<Int32(capacity)).reversed()
    }

    package var freeCount: Int { free.count }
    package var cachedCount: Int { cached.count }
    package var activeCount: Int { capacity - free.count - cached.count }

    /// Blocks that ``allocate()`` can give before it gives `nil`.
    package var availableCount: Int { free.count + cached.count }

    /// Blocks needed to hold `tokens` tokens.
    package func blocks(forTokens tokens: Int) -> Int {
        BlockManager.blocks(forTokens: tokens, tokensPerBlock: tokensPerBlock)
    }

    /// Blocks needed to hold `tokens` tokens.
    package static func blocks(forTokens tokens: Int, tokensPerBlock: Int) -> Int {
        (tokens + tokensPerBlock - 1) / tokensPerBlock
    }

    /// Takes a block for one user: a free one, else the least recently used cached one, whose content is lost.
    package mutating func allocate() -> Int32? {
        let block: Int32
        if let last = free.popLast() {
            block = last
        } else if let oldest = cached.first {
            unlink(oldest)
            unseal(oldest)
            block = oldest
        } else {
            return nil
        }
        records[Int(block)].users = 1
        records[Int(block)].content = nextContent
        nextContent += 1
        return block
    }

    /// One user less. A block that nobody uses any more stays cached when it can be found again, else it is free.
    /// - Parameter isKept: whether somebody has a ``BlockReference`` to it.
    package mutating func release(_ block: Int32, isKept: Bool = false) {
        let index = Int(block)
        precondition(records[index].users > 0, "block \(block) was given back twice")
        records[index].users -= 1
        guard records[index].users == 0 else { return }
        if isKept || records[index].key != nil {
            cached.append(block, links: &records, at: \.links)
        } else {
            free.append(block)
        }
    }
}

// MARK: - Finding content again

extension BlockManager {
    /// A claim check for a block: good as long as the block has not been handed out again.
    package func reference(to block: Int32) -> BlockReference {
        BlockReference(block: block, content: records[Int(block)].content)
    }

    /// Takes a block back whose content is still there.
    /// - Parameter isWritten: whether more will be written into it; a sealed block is not given for that.
    package mutating func claim(_ reference: BlockReference, isWritten: Bool) -> Bool {
        let record = records[Int(reference.block)]
        guard record.content == reference.content, !isWritten || record.key == nil else { return false }
        // A block of which only a claim check is left is cached, unless it was given back without one being kept.
        guard record.users > 0 || record.links.isLinked else { return false }
        guard !isWritten || record.users == 0 else { return false }
        use(reference.block)
        return true
    }

    /// Lets a block that only claim checks refer to go, when nothing else could find it.
    package mutating func forget(_ reference: BlockReference) {
        let record = records[Int(reference.block)]
        guard record.content == reference.content, record.users == 0, record.key == nil,
            record.links.isLinked
        else { return }
        unlink(reference.block)
        free.append(reference.block)
    }

    /// The content of a block, which a ``PrefixKey`` of the next block names.
    package func content(of block: Int32) -> UInt64 { records[Int(block)].content }

    /// Takes the sealed block with these tokens, for one more user.
    package mutating func match(_ key: PrefixKey) -> Int32? {
        guard let block = sealed[key] else { return nil }
        use(block)
        return block
    }

    /// Whether a sealed block has these tokens, and whether it is cached only.
    package func lookUp(_ key: PrefixKey) -> (block: Int32, isCached: Bool)? {
        guard let block = sealed[key] else { return nil }
        return (block, records[Int(block)].users == 0)
    }

    /// Whether a claim would succeed, and whether the block is cached only.
    package func lookUp(_ reference: BlockReference) -> (isThere: Bool, isCached: Bool) {
        let record = records[Int(reference.block)]
        let isThere =
            record.content == reference.content && (record.users > 0 || record.links.isLinked)
        return (isThere, record.users == 0)
    }

    /// Makes a full block of the caller's findable.
    /// - Returns: the block to go on with: another one when the same content is there already; the given one is
    ///   released then.
    package mutating func seal(_ block: Int32, _ key: PrefixKey) -> Int32 {
        if let other = sealed[key] {
            guard other != block else { return block }
            use(other)
            release(block)
            return other
        }
        precondition(records[Int(block)].key == nil, "block \(block) was sealed with other tokens")
        records[Int(block)].key = key
        sealed[key] = block
        return block
    }

    private mutating func use(_ block: Int32) {
        if records[Int(block)].users == 0 { unlink(block) }
        records[Int(block)].users += 1
    }

    private mutating func unlink(_ block: Int32) {
        cached.remove(block, links: &records, at: \.links)
    }

    private mutating func unseal(_ block: Int32) {
        guard let key = records[Int(block)].key else { return }
        sealed.removeValue(forKey: key)
        records[Int(block)].key = nil
    }
}

// MARK: - Integrity

extension BlockManager {
    /// What is wrong with the books; `nil` when they are right.
    /// - Parameter held: the blocks of all sequences, a block once for each that uses it.
    package func checkIntegrity(held: [Int32]) -> String? {
        var users = Array(repeating: Int32(0), count: capacity)
        for block in held { users[Int(block)] += 1 }
        var isFree = Array(repeating: false, count: capacity)
        for block in free {
            if isFree[Int(block)] { return "block \(block) is free twice" }
            isFree[Int(block)] = true
        }
        var linked = 0
        for (index, record) in records.enumerated() {
            if record.users != users[index] {
                return "block \(index) has \(users[index]) users, and \(record.users) are counted"
            }
            let states = [isFree[index], record.links.isLinked, record.users > 0].filter(\.self).count
            if states != 1 { return "block \(index) is in \(states) states" }
            if isFree[index] && record.key != nil { return "free block \(index) is sealed" }
            if let key = record.key, sealed[key] != Int32(index) {
                return "block \(index) is sealed and not found"
            }
            linked += record.links.isLinked ? 1 : 0
        }
        let found = sealed.values.filter { records[Int($0)].key != nil }.count
        if found != sealed.count { return "\(sealed.count - found) blocks are found and not sealed" }
        if linked != cached.count { return "\(linked) blocks are cached, and \(cached.count) are counted" }
        return cached.checkIntegrity(links: records, at: \.links)
    }
}

/// Names the content of a full block: what came before it, and its tokens.
package struct PrefixKey: Hashable, Sendable {
    /// Content of the block before it; 0 at the start of a sequence.
    package var parent: UInt64
    package var tokens: [Int32]

    package init(parent: UInt64, tokens: [Int32]) {
        self.parent = parent
        self.tokens = tokens
    }
}

/// A claim check for a block that may have been given to somebody else since.
package struct BlockReference: Sendable, Equatable {
    package var block: Int32
    package var content: UInt64
}
