/// What one step computes: integers only, no tensors.
package struct StepPlan: Sendable, Equatable {
    /// Consecutive tokens of the sequence in one slot.
    package struct Entry: Sendable, Equatable {
        package var slot: Int
        package var id: RequestID
        /// Absolute position of the first token.
        package var firstPosition: Int
        package var count: Int
        /// Offset of the sequence's block table in `blocks`.
        package var blockOffset: Int
        /// Whether the last row's logits choose the next token.
        package var samples: Bool

        package init(
            slot: Int, id: RequestID, firstPosition: Int, count: Int, blockOffset: Int, samples: Bool
        ) {
            self.slot = slot
            self.id = id
            self.firstPosition = firstPosition
            self.count = count
            self.blockOffset = blockOffset
            self.samples = samples
        }
    }

    package var entries: [Entry] = []
    /// Tokens of all entries, one entry after the other.
    package var tokens: [Int32] = []
    /// Block tables of all entries, one after the other.
    package var blocks: [Int32] = []

    package init() {}

    package var isEmpty: Bool { entries.isEmpty }

    mutating func removeAll() {
        entries.removeAll(keepingCapacity: true)
        tokens.removeAll(keepingCapacity: true)
        blocks.removeAll(keepingCapacity: true)
    }

    mutating func append(_ sequence: Sequence, slot: Int, count: Int) {
        entries.append(
            Entry(
                slot: slot, id: sequence.id, firstPosition: sequence.computed, count: count,
                blockOffset: blocks.count, samples: count == sequence.pending))
        tokens.append(contentsOf: sequence.tokens[sequence.computed..<sequence.computed + count])
        blocks.append(
            contentsOf: sequence.blocks.prefix(BlockPool.blocks(forTokens: sequence.computed + count)))
    }
}

/// The tokens that a step chose, one for each entry that samples, in the plan's order.
package struct StepResult: Sendable, Equatable {
    /// `nil` where no logit was a finite number.
    package var tokens: [Int32?] = []

    package init(tokens: [Int32?] = []) { self.tokens = tokens }
}
