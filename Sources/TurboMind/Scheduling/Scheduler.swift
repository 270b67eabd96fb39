/// Limits that the scheduler keeps.
package struct SchedulerLimits: Sendable, Equatable {
    /// Slots: sequences that run at once.
    package var maxBatchSize: Int
    /// Most tokens of a sequence.
    package var sessionLength: Int
    /// Most prompt tokens in a step.
    package var prefillTokensPerStep: Int
    /// Most requests that wait for a slot.
    package var maxWaiting: Int

    package init(maxBatchSize: Int, sessionLength: Int, prefillTokensPerStep: Int, maxWaiting: Int) {
        self.maxBatchSize = maxBatchSize
        self.sessionLength = sessionLength
        self.prefillTokensPerStep = prefillTokensPerStep
        self.maxWaiting = maxWaiting
    }
}

/// Decides which tokens of which sequences the next step computes. It handles integers and knows no model.
///
/// Requests take free slots in arrival order once the cache has blocks for prompt and reply together. Every step
/// decodes one token of each running reply and spends what is left of the budget on prompts, oldest first.
package struct Scheduler: Sendable {
    package let limits: SchedulerLimits
    package private(set) var blockPool: BlockPool
    private var slots: [Sequence?]
    private var waiting: [(id: RequestID, request: GenerationRequest)] = []

    package init(limits: SchedulerLimits, blocks: Int) {
        self.limits = limits
        blockPool = BlockPool(capacity: blocks)
        slots = Array(repeating: nil, count: limits.maxBatchSize)
    }

    package var runningCount: Int { slots.reduce(0) { $0 + ($1 == nil ? 0 : 1) } }
    package var waitingCount: Int { waiting.count }
    package var isIdle: Bool { waiting.isEmpty && slots.allSatisfy { $0 == nil } }

    /// Why a request cannot run with these limits, now or later.
    package static func reject(
        _ request: GenerationRequest, limits: SchedulerLimits, blocks: Int
    ) -> EngineError? {
        if request.prompt.isEmpty { return .emptyPrompt }
        if request.prompt.count >= limits.sessionLength {
            return .promptTooLong(promptTokens: request.prompt.count, sessionLength: limits.sessionLength)
        }
        let needed = BlockPool.blocks(forTokens: tokenLimit(of: request, limits: limits))
        return needed > blocks ? .cacheTooSmall(neededBlocks: needed, totalBlocks: blocks) : nil
    }

    /// Queues a request that ``reject(_:limits:blocks:)`` has nothing against.
    package mutating func add(_ id: RequestID, _ request: GenerationRequest) {
        waiting.append((id, request))
    }

    /// Forgets a request, wherever it is.
    /// - Returns: whether it was there.
    package mutating func cancel(_ id: RequestID) -> Bool {
        if let index = waiting.firstIndex(where: { $0.id == id }) {
            waiting.remove(at: index)
            return true
        }
        guard let slot = slots.firstIndex(where: { $0?.id == id }) else { return false }
        release(slot)
        return true
    }

    /// Fills free slots and plans the next step. The plan is empty when there is nothing to do.
    /// - Parameter admitted: called with slot and request when a sequence starts.
    package mutating func schedule(
        into plan: inout StepPlan, admitted: (_ slot: Int, _ request: GenerationRequest) -> Void = { _, _ in }
    ) {
        admit(admitted)
        plan.removeAll()
        var budget = limits.prefillTokensPerStep
        for (slot, sequence) in slots.enumerated() {
            guard let sequence, sequence.pending == 1 else { continue }
            plan.append(sequence, slot: slot, count: 1)
        }
        guard slots.contains(where: { ($0?.pending ?? 0) > 1 }) else { return }
        for slot in slotsByArrival {
            guard let sequence = slots[slot], sequence.pending > 1, budget > 0 else { continue }
            let count = min(sequence.pending, budget)
            plan.append(sequence, slot: slot, count: count)
            budget -= count
        }
    }

    /// Takes over the tokens of a step.
    /// - Parameter event: called with what to tell about which request, in the plan's order.
    package mutating func update(
        plan: StepPlan, result: StepResult, event: (RequestID, RequestEvent) -> Void
    ) {
        var next = result.tokens.makeIterator()
        for entry in plan.entries {
            slots[entry.slot]?.computed += entry.count
            guard entry.samples, let choice = next.next() else { continue }
            guard let token = choice else {
                release(entry.slot)
                event(entry.id, .finished(.failed("the model's logits are not finite numbers")))
                continue
            }
            advance(entry.slot, id: entry.id, token: token, event: event)
        }
    }

    /// What is wrong with the books; `nil` when they are right.
    package func checkIntegrity() -> String? {
        let running = slots.compactMap(\.self)
        if Set(running.map(\.id)).count != running.count { return "a request runs in two slots" }
        for sequence in running {
            if sequence.computed >= sequence.tokens.count {
                return "\(sequence.id) has nothing left to compute"
            }
            if sequence.tokens.count > sequence.tokenLimit {
                return "\(sequence.id) is longer than its limit"
            }
            if sequence.blocks.count < BlockPool.blocks(forTokens: sequence.tokenLimit) {
                return "\(sequence.id) holds too few blocks"
            }
        }
        return blockPool.checkIntegrity(held: running.flatMap(\.blocks))
    }
}

// MARK: - Internals

extension Scheduler {
    private static func tokenLimit(of request: GenerationRequest, limits: SchedulerLimits) -> Int {
        let (sum, overflow) = request.prompt.count.addingReportingOverflow(request.maxNewTokens)
        return overflow ? limits.sessionLength : min(sum, limits.sessionLength)
    }

    private var slotsByArrival: [Int] {
        slots.indices.filter { slots[$0] != nil }.sorted { left, right in
            guard let first = slots[left]?.id, let second = slots[right]?.id else { return false }
            return first < second
        }
    }

    private mutating func admit(_ admitted: (Int, GenerationRequest) -> Void) {
        while let (id, request) = waiting.first, let slot = slots.firstIndex(where: { $0 == nil }) {
            let limit = Self.tokenLimit(of: request, limits: limits)
            guard let blocks = blockPool.take(BlockPool.blocks(forTokens: limit)) else { return }
            waiting.removeFirst()
            slots[slot] = Sequence(id: id, request: request, tokenLimit: limit, blocks: blocks)
            admitted(slot, request)
        }
    }

    private mutating func advance(
        _ slot: Int, id: RequestID, token: Int32, event: (RequestID, RequestEvent) -> Void
    ) {
        // In place: a copy of the sequence beside it would make appending copy all its tokens.
        guard let acceptance = slots[slot]?.accept(token) else { return }
        if acceptance == .stopped {
            release(slot)
            event(id, .finished(.stopToken(token)))
            return
        }
        event(id, .token(token))
        if acceptance == .full {
            release(slot)
            event(id, .finished(.length))
        }
    }

    private mutating func release(_ slot: Int) {
        guard let sequence = slots[slot] else { return }
        blockPool.put(sequence.blocks)
        slots[slot] = nil
    }
}
