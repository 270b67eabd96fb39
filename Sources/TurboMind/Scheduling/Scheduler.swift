/// Decides which tokens of which sequences the next step computes. It handles integers and knows no model.
///
/// Requests take free slots in arrival order once the cache has room for their prompts. Every step decodes one token
/// of each running reply and spends what is left of the budget on prompts, oldest first. When the cache is full, the
/// youngest sequence loses its blocks and waits again; what it lost is computed again later. The oldest sequence
/// always goes on, so every request ends.
package struct Scheduler: Sendable {
    package let limits: SchedulerLimits
    package internal(set) var blocks: BlockManager
    package internal(set) var totals = SchedulerTotals()
    var slots: [Sequence?]
    /// Ordered by arrival. Preempted sequences are older than what has not run yet.
    var waiting: [Sequence] = []
    var sessions: [SessionID: Session] = [:]

    package init(limits: SchedulerLimits, blocks: Int) {
        self.limits = limits
        self.blocks = BlockManager(capacity: blocks, tokensPerBlock: limits.tokensPerBlock)
        slots = Array(repeating: nil, count: limits.maxBatchSize)
    }

    package var runningCount: Int { slots.reduce(0) { $0 + ($1 == nil ? 0 : 1) } }
    /// Running sequences whose prompts are done.
    package var replyCount: Int { slots.reduce(0) { $0 + ($1?.isDecoding == true ? 1 : 0) } }
    package var waitingCount: Int { waiting.count }
    package var sessionCount: Int { sessions.count }
    package var isIdle: Bool { waiting.isEmpty && slots.allSatisfy { $0 == nil } }

    /// Why a request cannot run with these limits, now or later, as far as that can be told without its session.
    package static func reject(
        _ request: GenerationRequest, limits: SchedulerLimits, blocks: Int, historyTokens: Int = 0
    ) -> EngineError? {
        let promptTokens = historyTokens + request.prompt.count
        if promptTokens == 0 { return .emptyPrompt }
        if request.needsPromptRows && request.session != nil { return .promptRowsInSession }
        let room = limits.sessionLength - min(request.maxNewTokens, 1)
        if promptTokens > room {
            return .promptTooLong(
                promptTokens: request.prompt.count, historyTokens: historyTokens,
                sessionLength: limits.sessionLength)
        }
        let needed = BlockManager.blocks(
            forTokens: tokenLimit(of: request, historyTokens: historyTokens, limits: limits),
            tokensPerBlock: limits.tokensPerBlock)
        return needed > blocks ? .cacheTooSmall(neededBlocks: needed, totalBlocks: blocks) : nil
    }

    /// Queues a request that ``reject(_:limits:blocks:historyTokens:)`` has nothing against.
    /// - Returns: why it cannot go on with its session.
    package mutating func add(_ id: RequestID, _ request: GenerationRequest) -> EngineError? {
        guard let use = request.session else {
            let limit = Self.tokenLimit(of: request, historyTokens: 0, limits: limits)
            waiting.append(Sequence(id: id, request: request, tokenLimit: limit))
            return nil
        }
        return add(id, request, to: use)
    }

    /// Forgets a request, wherever it is. Its session stays, without a turn of which no token was generated.
    /// - Returns: what it has cost, or `nil` when it was not there.
    package mutating func cancel(_ id: RequestID) -> RequestStatistics? {
        if let index = waiting.firstIndex(where: { $0.id == id }) {
            let sequence = waiting.remove(at: index)
            return retire(sequence, isCancelled: true)
        }
        guard let slot = slots.firstIndex(where: { $0?.id == id }) else { return nil }
        return release(slot, isCancelled: true)
    }

    /// Takes over the tokens of a step.
    /// - Parameter event: called with what to tell about which request, in the plan's order.
    package mutating func update(
        plan: StepPlan, result: StepResult, event: (RequestID, RequestEvent) -> Void
    ) {
        var reader = StepResultReader(result)
        totals.steps += 1
        for entry in plan.entries {
            let choice = entry.samples ? reader.nextChoice() : 0..<0
            let scores = entry.scores ? reader.nextScores(entry.count) : []
            slots[entry.slot]?.computed += entry.count - entry.draftCount
            if entry.draftCount > 0 {
                slots[entry.slot]?.noteDrafts(entry.draftCount, right: max(choice.count - 1, 0))
                totals.draftTokens += entry.draftCount
            }
            let rows: ArraySlice<RowOutput> =
                entry.outputs.isEmpty ? [] : reader.nextOutputs(entry.logitRows)
            // Those that choose a token are told together with it.
            let choosing: ArraySlice<RowOutput> =
                entry.samples ? rows.suffix(1 + entry.draftCount) : []
            for row in rows.dropLast(choosing.count) { tell(row, entry, event: event) }
            if entry.scores, let all = slots[entry.slot]?.take(scores: scores) {
                event(entry.id, .promptScores(all))
            }
            if entry.samples && choice.isEmpty {
                end(entry, .failed("the model's logits are not finite numbers"), event: event)
            } else if entry.samples {
                take(choice, of: result, rows: choosing, entry, event: event)
            } else {
                finishPrompt(entry, event: event)
            }
            seal(entry.slot)
        }
    }

    /// What is wrong with the books; `nil` when they are right.
    package func checkIntegrity() -> String? {
        let running = slots.compactMap(\.self)
        let ids = running.map(\.id) + waiting.map(\.id)
        if Set(ids).count != ids.count { return "a request is listed twice" }
        if waiting.map(\.id) != waiting.map(\.id).sorted() { return "the queue is not in order of arrival" }
        for sequence in running {
            if sequence.computed >= sequence.tokens.count {
                return "\(sequence.id) has nothing left to compute"
            }
            if sequence.tokens.count > sequence.tokenLimit {
                return "\(sequence.id) is longer than its limit"
            }
            if sequence.blocks.count < blocks.blocks(forTokens: sequence.computed) {
                return "\(sequence.id) holds too few blocks"
            }
            if sequence.sealedCount * limits.tokensPerBlock > sequence.computed {
                return "\(sequence.id) has sealed more than it computed"
            }
        }
        for sequence in waiting where !sequence.blocks.isEmpty { return "\(sequence.id) waits with blocks" }
        for (id, session) in sessions {
            guard let active = session.active else { continue }
            if !ids.contains(active) { return "\(id) waits for \(active), which is not there" }
        }
        return blocks.checkIntegrity(held: running.flatMap(\.blocks))
    }
}

/// Sums over everything a scheduler has done.
package struct SchedulerTotals: Sendable, Equatable {
    package var steps = 0
    package var promptTokens = 0
    package var cachedTokens = 0
    package var generatedTokens = 0
    package var draftTokens = 0
    package var acceptedDraftTokens = 0
    package var preemptions = 0

    package init() {}
}

// MARK: - Internals

extension Scheduler {
    static func tokenLimit(
        of request: GenerationRequest, historyTokens: Int, limits: SchedulerLimits
    ) -> Int {
        let (sum, overflow) = (historyTokens + request.prompt.count).addingReportingOverflow(
            request.maxNewTokens)
        return overflow ? limits.sessionLength : min(sum, limits.sessionLength)
    }

    private mutating func take(
        _ choice: Range<Int>, of result: StepResult, rows: ArraySlice<RowOutput>, _ entry: StepPlan.Entry,
        event: (RequestID, RequestEvent) -> Void
    ) {
        var rows = rows
        for place in choice {
            // The row of a draft counts when the draft was right: when there is a choice behind it.
            if place > choice.lowerBound {
                slots[entry.slot]?.acceptDraft()
                totals.acceptedDraftTokens += 1
            }
            if let row = rows.popFirst() { tell(row, entry, event: event) }
            let logprobs = result.logprobs.isEmpty ? nil : result.logprobs[place]
            if advance(entry, token: result.tokens[place], logprobs, event: event) { return }
        }
    }

    private mutating func tell(
        _ row: RowOutput, _ entry: StepPlan.Entry, event: (RequestID, RequestEvent) -> Void
    ) {
        if slots[entry.slot]?.tells(position: row.position) == true { event(entry.id, .output(row)) }
    }

    /// Ends a request that only computes its prompt.
    private mutating func finishPrompt(_ entry: StepPlan.Entry, event: (RequestID, RequestEvent) -> Void) {
        guard let sequence = slots[entry.slot], sequence.pending == 0 else { return }
        end(entry, .length, event: event)
    }

    /// - Returns: whether the request has ended.
    private mutating func advance(
        _ entry: StepPlan.Entry, token: Int32, _ logprobs: TokenLogprobs?,
        event: (RequestID, RequestEvent) -> Void
    ) -> Bool {
        // In place: a copy of the sequence beside it would make appending copy all its tokens.
        guard let acceptance = slots[entry.slot]?.accept(token) else { return true }
        if acceptance == .stopped {
            end(entry, .stopToken(token), event: event)
            return true
        }
        totals.generatedTokens += 1
        event(entry.id, .token(token, logprobs))
        if acceptance == .full { end(entry, .length, event: event) }
        return acceptance == .full
    }

    private mutating func end(
        _ entry: StepPlan.Entry, _ reason: EngineFinishReason, event: (RequestID, RequestEvent) -> Void
    ) {
        seal(entry.slot)
        guard let statistics = release(entry.slot) else { return }
        event(entry.id, .finished(reason, statistics))
    }

    /// Empties a slot for good.
    private mutating func release(_ slot: Int, isCancelled: Bool = false) -> RequestStatistics? {
        guard let sequence = slots[slot] else { return nil }
        slots[slot] = nil
        return retire(sequence, isCancelled: isCancelled)
    }
}

/// Walks through a result in the plan's order.
private struct StepResultReader {
    private let result: StepResult
    private var choices = 0
    private var tokens = 0
    private var scores = 0
    private var outputs = 0

    init(_ result: StepResult) { self.result = result }

    /// Places of the next entry's tokens.
    mutating func nextChoice() -> Range<Int> {
        let count = result.counts[choices]
        defer {
            choices += 1
            tokens += count
        }
        return tokens..<tokens + count
    }

    mutating func nextOutputs(_ count: Int) -> ArraySlice<RowOutput> {
        defer { outputs += count }
        return result.outputs[outputs..<outputs + count]
    }

    mutating func nextScores(_ count: Int) -> ArraySlice<Float> {
        defer { scores += count }
        return result.scores[scores..<scores + count]
    }
}
