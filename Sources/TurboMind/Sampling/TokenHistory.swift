/// The tokens of a sequence, each different one with how often it occurs: what penalties and bad words look at.
///
/// The different tokens are a list in order of their first appearance, found through a hash table. The last
/// different token is the first to go when tokens are taken back, which keeps both exact without a search.
package struct TokenHistory: Sendable {
    /// A token that the sequence has.
    package struct Entry: Sendable, Equatable {
        package let token: Int32
        /// In prompt and reply.
        package fileprivate(set) var count: Int32
        /// In the reply.
        package fileprivate(set) var generatedCount: Int32
    }

    /// Prompt and reply.
    package private(set) var tokens: [Int32]
    /// The different tokens, in order of their first appearance.
    package private(set) var entries: [Entry] = []
    package let promptCount: Int
    /// Positions in `entries`, or `vacant`; a power of two, at most half of it taken, with linear probing.
    private var table: [Int32]

    private static let vacant: Int32 = -1
    private static let smallestTable = 64

    package init(prompt: [Int32], generated: [Int32] = []) {
        tokens = []
        tokens.reserveCapacity(prompt.count + generated.count)
        promptCount = prompt.count
        table = Array(repeating: Self.vacant, count: Self.smallestTable)
        for token in prompt { add(token, isGenerated: false) }
        for token in generated { add(token, isGenerated: true) }
    }

    /// Tokens in the sequence, which is also the position of the next one.
    package var count: Int { tokens.count }

    package var generatedCount: Int { tokens.count - promptCount }

    /// Adds a token of the reply.
    package mutating func append(_ token: Int32) { add(token, isGenerated: true) }

    /// Takes back the last `count` tokens of the reply.
    package mutating func removeLast(_ count: Int) {
        precondition(count <= generatedCount, "taking back more tokens than the reply has")
        for _ in 0..<count {
            let slot = slot(of: tokens.removeLast())
            let position = Int(table[slot])
            entries[position].count -= 1
            entries[position].generatedCount -= 1
            guard entries[position].count == 0 else { continue }
            // Every token that appeared later is gone, so this is the last entry, and no probe went past its slot.
            entries.removeLast()
            table[slot] = Self.vacant
        }
    }

    /// Whether the sequence ends with these tokens.
    package func ends(with suffix: ArraySlice<Int32>) -> Bool {
        suffix.count <= tokens.count && tokens[(tokens.count - suffix.count)...].elementsEqual(suffix)
    }
}

// MARK: - Internals

extension TokenHistory {
    private mutating func add(_ token: Int32, isGenerated: Bool) {
        tokens.append(token)
        var slot = slot(of: token)
        if table[slot] == Self.vacant {
            if 2 * (entries.count + 1) > table.count {
                grow()
                slot = self.slot(of: token)
            }
            table[slot] = Int32(entries.count)
            entries.append(Entry(token: token, count: 0, generatedCount: 0))
        }
        let position = Int(table[slot])
        entries[position].count += 1
        if isGenerated { entries[position].generatedCount += 1 }
    }

    /// Where `token` is, or would be, in the table.
    private func slot(of token: Int32) -> Int {
        // Multiplication by 2^32 / golden ratio spreads neighbours; its high bits are the good ones.
        let hash = UInt32(bitPattern: token) &* 0x9E37_79B9
        var slot = Int(hash >> UInt32(32 - table.count.trailingZeroBitCount))
        while table[slot] != Self.vacant && entries[Int(table[slot])].token != token {
            slot = (slot + 1) & (table.count - 1)
        }
        return slot
    }

    private mutating func grow() {
        table = Array(repeating: Self.vacant, count: 2 * table.count)
        for (position, entry) in entries.enumerated() { table[slot(of: entry.token)] = Int32(position) }
    }
}
