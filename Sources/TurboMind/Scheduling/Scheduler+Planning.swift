extension Scheduler {
    /// Fills free slots and plans the next step. The plan is empty when there is nothing to do.
    /// - Parameters:
    ///   - prefillBudget: most prompt rows beside running replies; `nil` sets no limit but
    ///     ``SchedulerLimits/prefillTokensPerStep``.
    ///   - admitted: called when a sequence starts or starts again, with the slot, the request, and its tokens before
    ///     the reply and of the reply.
    package mutating func schedule(
        into plan: inout StepPlan, prefillBudget: Int? = nil,
        admitted: (
            _ slot: Int, _ request: GenerationRequest, _ prompt: ArraySlice<Int32>, _ reply: ArraySlice<Int32>
        ) -> Void = { _, _, _, _ in }
    ) {
        plan.removeAll()
        admit(admitted)
        let order = slotsByArrival
        let decodes = order.contains { slots[$0]?.isDecoding ?? false }
        var budget = StepBudget(limits: limits, prefillRows: decodes ? prefillBudget : nil)
        // What older prompts compute in this step; who wants the same waits for it.
        var inFlight: Set<PrefixKey> = []
        for slot in order {
            guard let sequence = slots[slot] else { continue }
            if sequence.isDecoding {
                planReply(slot, into: &plan, budget: &budget)
            } else {
                planPrompt(slot, into: &plan, budget: &budget, inFlight: &inFlight)
            }
        }
    }

    /// Slots that are in use, the oldest request first.
    private var slotsByArrival: [Int] {
        slots.indices.filter { slots[$0] != nil }.sorted { left, right in
            guard let first = slots[left]?.id, let second = slots[right]?.id else { return false }
            return first < second
        }
    }

    // MARK: Admission

    private mutating func admit(
        _ admitted: (Int, GenerationRequest, ArraySlice<Int32>, ArraySlice<Int32>) -> Void
    ) {
        var running = runningCount
        var promised = slots.reduce(0) { $0 + missingBlocks($1) }
        while !waiting.isEmpty, let slot = slots.firstIndex(where: { $0 == nil }) {
            // Each running sequence may soon need a block that is not planned for yet.
            guard running == 0 || hasRoom(for: waiting[0], beside: promised + running) else { return }
            var sequence = waiting.removeFirst()
            place(&sequence)
            promised += missingBlocks(sequence)
            running += 1
            slots[slot] = sequence
            admitted(
                slot, sequence.request, sequence.tokens[..<sequence.promptCount],
                sequence.tokens[sequence.promptCount...])
        }
    }

    /// Blocks that a sequence still needs for the tokens it knows and the next one.
    private func missingBlocks(_ sequence: Sequence?) -> Int {
        guard let sequence else { return 0 }
        return max(0, blocks.blocks(forTokens: sequence.tokens.count + 1) - sequence.blocks.count)
    }

    private func hasRoom(for sequence: Sequence, beside reserved: Int) -> Bool {
        let needed = blocks.blocks(forTokens: sequence.tokens.count + 1)
        let available = blocks.availableCount - reserved
        if needed <= available { return true }
        let reuse = reusableBlocks(sequence)
        return needed - reuse.count <= available - reuse.cached
    }

    /// How many blocks of a waiting sequence are still there, and how many of those nobody uses.
    private func reusableBlocks(_ sequence: Sequence) -> (count: Int, cached: Int) {
        guard !sequence.needsEveryRow else { return (0, 0) }
        let size = limits.tokensPerBlock
        var count = 0
        var cached = 0
        var parent: UInt64 = 0
        for reference in sequence.kept.references {
            let found = blocks.lookUp(reference)
            guard found.isThere else { break }
            count += 1
            cached += found.isCached ? 1 : 0
            parent = reference.content
        }
        while limits.cachesPrefixes, (count + 1) * size < sequence.tokens.count {
            let key = PrefixKey(
                parent: parent, tokens: Array(sequence.tokens[count * size..<(count + 1) * size]))
            guard let found = blocks.lookUp(key) else { break }
            count += 1
            cached += found.isCached ? 1 : 0
            parent = blocks.content(of: found.block)
        }
        return (count, cached)
    }

    // MARK: Rows

    private mutating func planReply(_ slot: Int, into plan: inout StepPlan, budget: inout StepBudget) {
        guard let known = slots[slot]?.tokens.count, makeRoom(slot, tokens: known) else {
            preempt(slot)
            return
        }
        // Nobody is preempted for drafts: they are a guess.
        let wanted = slots[slot].map { min($0.request.maxDraftTokens, $0.tokenLimit - known - 1) } ?? 0
        let drafts = slots[slot]?.drafts(atMost: min(wanted, budget.drafts)) ?? []
        let room = roomWithoutPreemption(slot, tokens: known + drafts.count) - known
        append(slot, count: 1, drafts: drafts.prefix(max(room, 0)), to: &plan)
        budget.spend(drafts: min(drafts.count, max(room, 0)))
    }

    private mutating func planPrompt(
        _ slot: Int, into plan: inout StepPlan, budget: inout StepBudget, inFlight: inout Set<PrefixKey>
    ) {
        adopt(slot)
        guard
            let (computed, pending, isScored) = slots[slot].map({
                ($0.computed, $0.pending, $0.needsEveryRow)
            })
        else { return }
        if let key = slots[slot].flatMap({ currentKey($0) }), !inFlight.insert(key).inserted, !isScored {
            return
        }
        var count = min(pending, isScored ? budget.scoredRows : budget.prefill)
        guard count > 0 else { return }
        if count < pending { count = endingAtABlock(count, from: computed) }
        if roomWithoutPreemption(slot, tokens: computed + count) == computed {
            guard makeRoom(slot, tokens: computed + 1) else {
                preempt(slot)
                return
            }
        }
        count = min(count, roomWithoutPreemption(slot, tokens: computed + count) - computed)
        append(slot, count: count, drafts: [], to: &plan)
        budget.spend(prefill: count, scored: isScored)
    }

    /// Chunks end with a block where they can: what others begin alike with is shared sooner.
    private func endingAtABlock(_ count: Int, from start: Int) -> Int {
        let end = (start + count) / limits.tokensPerBlock * limits.tokensPerBlock
        return end > start ? end - start : count
    }

    private mutating func append(
        _ slot: Int, count: Int, drafts: ArraySlice<Int32>, to plan: inout StepPlan
    ) {
        guard let sequence = slots[slot] else { return }
        plan.append(
            sequence, slot: slot, count: count, drafts: drafts,
            covering: blocks.blocks(forTokens: sequence.computed + count + drafts.count))
    }

    /// The block that a prompt computes next, when it will be full.
    private func currentKey(_ sequence: Sequence) -> PrefixKey? {
        let size = limits.tokensPerBlock
        let start = sequence.sealedCount * size
        guard limits.cachesPrefixes, start + size <= sequence.tokens.count else { return nil }
        return PrefixKey(
            parent: parent(of: sequence), tokens: Array(sequence.tokens[start..<start + size]))
    }

    // MARK: Memory

    /// Gives a sequence blocks for its first `tokens` tokens, taking them from younger ones when there are no others.
    private mutating func makeRoom(_ slot: Int, tokens: Int) -> Bool {
        while roomWithoutPreemption(slot, tokens: tokens) < tokens {
            guard let id = slots[slot]?.id, let victim = youngestSlot(after: id) else { return false }
            preempt(victim)
        }
        return true
    }

    /// Gives a sequence blocks for as many of its first `tokens` tokens as there is memory for.
    /// - Returns: how many that are, at most `tokens`.
    private mutating func roomWithoutPreemption(_ slot: Int, tokens: Int) -> Int {
        guard var held = slots[slot]?.blocks.count else { return 0 }
        while held * limits.tokensPerBlock < tokens, let block = blocks.allocate() {
            slots[slot]?.blocks.append(block)
            held += 1
        }
        return min(tokens, held * limits.tokensPerBlock)
    }

    private func youngestSlot(after id: RequestID) -> Int? {
        var youngest: (slot: Int, id: RequestID)?
        for (slot, sequence) in slots.enumerated() {
            guard let candidate = sequence?.id, candidate > id else { continue }
            if let current = youngest, current.id > candidate { continue }
            youngest = (slot, candidate)
        }
        return youngest?.slot
    }

    /// Sends a running sequence back to the queue. Its tokens stay; its blocks do for as long as nobody needs them.
    private mutating func preempt(_ slot: Int) {
        guard var sequence = slots[slot] else { return }
        slots[slot] = nil
        suspend(&sequence)
        sequence.statistics.preemptions += 1
        totals.preemptions += 1
        let place = waiting.firstIndex { $0.id > sequence.id } ?? waiting.endIndex
        waiting.insert(sequence, at: place)
    }
}

/// What is left of a step's rows.
struct StepBudget {
    /// Rows of prompts.
    private(set) var prefill: Int
    private var extraLogitRows: Int

    init(limits: SchedulerLimits, prefillRows: Int?) {
        prefill = min(limits.prefillTokensPerStep, max(prefillRows ?? .max, 1))
        extraLogitRows = limits.extraLogitRows
    }

    /// Rows of prompts whose logits are wanted.
    var scoredRows: Int { min(prefill, extraLogitRows + 1) }
    /// Rows of guesses. They have rows of their own: taken from the prompts', they could hold one up for long.
    var drafts: Int { extraLogitRows }

    mutating func spend(drafts: Int) { extraLogitRows -= drafts }

    mutating func spend(prefill rows: Int, scored: Bool) {
        prefill -= rows
        if scored { extraLogitRows -= max(rows - 1, 0) }
    }
}
