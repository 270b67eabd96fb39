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
        /// Whether the last row's logits choose the next token. With drafts, the row before them and their own do.
        package var samples: Bool
        /// How many tokens at the end are guesses.
        package var draftCount: Int
        /// Whether every row's logits score the token after it.
        package var scores: Bool
        /// What is told of the rows whose logits are wanted.
        package var outputs: RowOutputs

        package init(
            slot: Int, id: RequestID, firstPosition: Int, count: Int, blockOffset: Int, samples: Bool,
            draftCount: Int = 0, scores: Bool = false, outputs: RowOutputs = .none
        ) {
            self.slot = slot
            self.id = id
            self.firstPosition = firstPosition
            self.count = count
            self.blockOffset = blockOffset
            self.samples = samples
            self.draftCount = draftCount
            self.scores = scores
            self.outputs = outputs
        }

        /// Rows at the end whose logits are wanted.
        package var logitRows: Int { scores ? count : samples ? 1 + draftCount : 0 }
    }

    package var entries: [Entry] = []
    /// Tokens of all entries, one entry after the other.
    package var tokens: [Int32] = []
    /// Block tables of all entries, one after the other.
    package var blocks: [Int32] = []
    /// For each row of each entry that scores: the token after it, or -1 behind the prompt's last.
    package var targets: [Int32] = []

    package init() {}

    package var isEmpty: Bool { entries.isEmpty }

    /// Rows of running replies, their drafts included, and rows of prompts.
    package var rowCounts: (decode: Int, prefill: Int) {
        entries.reduce(into: (0, 0)) { counts, entry in
            if entry.samples && entry.count == 1 + entry.draftCount {
                counts.0 += entry.count
            } else {
                counts.1 += entry.count
            }
        }
    }

    mutating func removeAll() {
        entries.removeAll(keepingCapacity: true)
        tokens.removeAll(keepingCapacity: true)
        blocks.removeAll(keepingCapacity: true)
        targets.removeAll(keepingCapacity: true)
    }

    /// - Parameter covering: how many blocks of the table the entry reads and writes.
    mutating func append(
        _ sequence: borrowing Sequence, slot: Int, count: Int, drafts: ArraySlice<Int32> = [],
        covering: Int
    ) {
        let isLast = count == sequence.pending
        entries.append(
            Entry(
                slot: slot, id: sequence.id, firstPosition: sequence.computed, count: count + drafts.count,
                blockOffset: blocks.count, samples: isLast && sequence.request.maxNewTokens > 0,
                draftCount: drafts.count, scores: sequence.needsEveryRow,
                outputs: sequence.request.outputs))
        tokens.append(contentsOf: sequence.tokens[sequence.computed..<sequence.computed + count])
        tokens.append(contentsOf: drafts)
        blocks.append(contentsOf: sequence.blocks.prefix(covering))
        if sequence.needsEveryRow {
            let next = sequence.computed + 1
            targets.append(contentsOf: sequence.tokens[next..<min(next + count, sequence.tokens.count)])
            if isLast { targets.append(-1) }
        }
    }
}

/// What a step chose, entry for entry of those that sample, in the plan's order.
package struct StepResult: Sendable, Equatable {
    /// Chosen tokens: for each entry as many as `counts` says. With drafts, the last one is the first that differs
    /// from its draft, or comes after all of them.
    package var tokens: [Int32] = []
    /// 0 where no logit was a finite number.
    package var counts: [Int] = []
    /// Empty, or one for each of `tokens`.
    package var logprobs: [TokenLogprobs?] = []
    /// For each of the plan's targets: its log-probability.
    package var scores: [Float] = []
    /// For each entry with outputs, one for each of its rows whose logits are wanted.
    package var outputs: [RowOutput] = []

    package init() {}

    package mutating func removeAll() {
        tokens.removeAll(keepingCapacity: true)
        counts.removeAll(keepingCapacity: true)
        logprobs.removeAll(keepingCapacity: true)
        scores.removeAll(keepingCapacity: true)
        outputs.removeAll()
    }

    /// Appends the choice of an entry without drafts.
    package mutating func append(_ token: Int32?) {
        if let token { tokens.append(token) }
        counts.append(token == nil ? 0 : 1)
    }
}
