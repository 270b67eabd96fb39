// How sequences come to their blocks, share them and let go of them.
extension Scheduler {
    /// How many tokens at most need not be computed.
    private func reuseLimit(_ sequence: Sequence) -> Int {
        // One token at least is computed: its logits choose the next.
        sequence.needsEveryRow ? 0 : sequence.tokens.count - 1
    }

    /// Takes back what is still there of a sequence that starts, or starts again.
    mutating func place(_ sequence: inout Sequence) {
        let isFirst = sequence.statistics.preemptions == 0
        claim(&sequence)
        if !sequence.needsEveryRow { adopt(&sequence) }
        if isFirst {
            sequence.statistics.cachedTokens = sequence.computed
            totals.promptTokens += sequence.promptCount
            totals.cachedTokens += sequence.computed
        }
    }

    /// Takes the blocks back that the sequence, or its session, had before.
    private mutating func claim(_ sequence: inout Sequence) {
        let size = limits.tokensPerBlock
        let usable = min(sequence.kept.tokens, reuseLimit(sequence))
        var claimed = 0
        for reference in sequence.kept.references {
            let filled = min(size, usable - claimed * size)
            // The block behind the last full one is written on.
            guard filled > 0, blocks.claim(reference, isWritten: filled < size) else { break }
            sequence.blocks.append(reference.block)
            claimed += 1
            sequence.computed += filled
            if filled == size { sequence.sealedCount += 1 }
        }
        for reference in sequence.kept.references.dropFirst(claimed).reversed() { blocks.forget(reference) }
        sequence.kept = KeptBlocks()
    }

    /// Goes on with sealed blocks that hold the sequence's next tokens.
    mutating func adopt(_ slot: Int) {
        guard var sequence = slots[slot], !sequence.needsEveryRow,
            sequence.computed == sequence.sealedCount * limits.tokensPerBlock, canAdopt(sequence)
        else { return }
        // Taken out and put back: two references to its tokens would make the next append copy them.
        slots[slot] = nil
        adopt(&sequence)
        slots[slot] = sequence
    }

    private func canAdopt(_ sequence: Sequence) -> Bool {
        guard let key = nextKey(sequence) else { return false }
        return blocks.lookUp(key) != nil
    }

    private mutating func adopt(_ sequence: inout Sequence) {
        let size = limits.tokensPerBlock
        while sequence.computed == sequence.sealedCount * size, let key = nextKey(sequence),
            let block = blocks.match(key)
        {
            // A block that was set aside for these tokens and is not written yet.
            if sequence.blocks.count > sequence.sealedCount {
                blocks.release(sequence.blocks[sequence.sealedCount])
                sequence.blocks[sequence.sealedCount] = block
            } else {
                sequence.blocks.append(block)
            }
            sequence.sealedCount += 1
            sequence.computed += size
        }
    }

    /// The next full block that the sequence need not compute itself.
    private func nextKey(_ sequence: Sequence) -> PrefixKey? {
        let size = limits.tokensPerBlock
        let start = sequence.sealedCount * size
        guard limits.cachesPrefixes, start + size <= reuseLimit(sequence) else { return nil }
        return PrefixKey(
            parent: parent(of: sequence), tokens: Array(sequence.tokens[start..<start + size]))
    }

    /// Content of the last full block; 0 in front of the first.
    func parent(of sequence: Sequence) -> UInt64 {
        sequence.sealedCount == 0 ? 0 : blocks.content(of: sequence.blocks[sequence.sealedCount - 1])
    }

    /// Makes the blocks that a step has filled findable.
    mutating func seal(_ slot: Int) {
        let size = limits.tokensPerBlock
        while let sequence = slots[slot], (sequence.sealedCount + 1) * size <= sequence.computed {
            let index = sequence.sealedCount
            if limits.cachesPrefixes {
                let key = PrefixKey(
                    parent: parent(of: sequence),
                    tokens: Array(sequence.tokens[index * size..<(index + 1) * size]))
                slots[slot]?.blocks[index] = blocks.seal(sequence.blocks[index], key)
            }
            slots[slot]?.sealedCount += 1
        }
    }

    /// Gives a sequence's blocks back and keeps claim checks for them.
    mutating func suspend(_ sequence: inout Sequence) {
        let written = blocks.blocks(forTokens: sequence.computed)
        sequence.kept = KeptBlocks(
            references: sequence.blocks.prefix(written).map { blocks.reference(to: $0) },
            tokens: sequence.computed)
        giveBack(sequence.blocks, kept: written)
        sequence.restart()
    }

    /// The end of a sequence comes first: it is of use only to who needs its beginning, too.
    private mutating func giveBack(_ given: [Int32], kept: Int) {
        for (index, block) in given.enumerated().reversed() { blocks.release(block, isKept: index < kept) }
    }

    /// Ends a sequence that is in no slot any more. Its session takes over what it knows.
    mutating func retire(_ sequence: Sequence, isCancelled: Bool) -> RequestStatistics {
        var sequence = sequence
        if let use = sequence.request.session {
            if !sequence.blocks.isEmpty { suspend(&sequence) }
            var session = Session(tokens: sequence.tokens, kept: sequence.kept)
            if isCancelled && sequence.statistics.generatedTokens == 0 {
                cut(&session, to: sequence.historyCount)
            }
            sequence.statistics.sessionTokens = use.ends ? 0 : session.tokens.count
            settle(use, session)
        } else {
            giveBack(sequence.blocks, kept: 0)
            for reference in sequence.kept.references.reversed() { blocks.forget(reference) }
        }
        return sequence.statistics
    }
}
