internal import TurboMind

/// Random arrivals, lengths, cancellations, sessions and drafts on a tiny cache, with a fake model. After every step
/// the books are checked, and every reply has to be the one that the request would have had alone.
package struct Simulation {
    package let seed: UInt64
    /// What happened, for a summary.
    package private(set) var counts = Counts()
    private var random: SeededGenerator
    private let setup: Setup
    private let executor: FakeExecutor
    private var scheduler: Scheduler
    private var nextID: UInt64 = 1
    private var open: [RequestID: Expectation] = [:]
    /// What the sessions hold, by our own books.
    private var sessions: [SessionID: [Int32]] = [:]
    private var plan = StepPlan()
    private var result = StepResult()

    package struct Counts: Sendable {
        package var steps = 0
        package var requests = 0
        package var finished = 0
        package var cancelled = 0
        package var refused = 0
        package var preemptions = 0
        package var cachedTokens = 0
        package var acceptedDraftTokens = 0
        package var sessionTurns = 0

        package init() {}

        package mutating func add(_ other: Counts) {
            steps += other.steps
            requests += other.requests
            finished += other.finished
            cancelled += other.cancelled
            refused += other.refused
            preemptions += other.preemptions
            cachedTokens += other.cachedTokens
            acceptedDraftTokens += other.acceptedDraftTokens
            sessionTurns += other.sessionTurns
        }
    }

    package init(seed: UInt64) {
        self.seed = seed
        random = SeededGenerator(seed: seed)
        setup = Setup(using: &random)
        executor = FakeExecutor(
            limits: setup.limits, blocks: setup.blocks, vocabulary: setup.vocabulary)
        scheduler = Scheduler(limits: setup.limits, blocks: setup.blocks)
    }

    /// Takes `steps` steps, then lets everything end.
    /// - Returns: what went wrong.
    package mutating func run(steps: Int) -> String? {
        for _ in 0..<steps {
            arrive()
            if let problem = step() { return describe(problem) }
        }
        var rest = 0
        while !scheduler.isIdle {
            if let problem = step() { return describe(problem) }
            rest += 1
            // The queue is bounded, and so is every reply.
            if rest > 200_000 { return describe("requests starve: \(open.count) are open") }
        }
        if !open.isEmpty { return describe("\(open.count) requests have no end") }
        for id in sessions.keys.sorted(by: { $0.value < $1.value }) {
            if scheduler.sessionTokens(id) != sessions[id] { return describe("\(id) holds other tokens") }
            if let error = scheduler.endSession(id) { return describe("\(id) does not end: \(error)") }
        }
        if scheduler.blocks.activeCount != 0 {
            return describe("\(scheduler.blocks.activeCount) blocks are in use and nobody is left")
        }
        if let problem = scheduler.checkIntegrity() { return describe(problem) }
        return nil
    }

    private func describe(_ problem: String) -> String {
        "seed \(seed), step \(counts.steps): \(problem) (\(setup))"
    }
}

/// What a request has to reply.
private struct Expectation {
    var tokens: [Int32]
    var stop: Int32?
    var received = 0
    /// Tokens before the reply.
    var prompt: [Int32]
    var history: Int
    var session: SessionUse?
    var limit: Int
    var scores: Bool
    var hasScores = false
    var outputs: RowOutputs
    /// The next position whose row is to be told.
    var nextRow: Int
}

// MARK: - Arrivals

extension Simulation {
    private mutating func arrive() {
        if scheduler.waitingCount < 12, random.chance(setup.arrivalRate) { submit() }
        if random.chance(setup.cancelRate), let victim = open.keys.sorted().randomElement(using: &random) {
            cancel(victim)
        }
        if random.chance(0.02) { endSession() }
    }

    private mutating func submit() {
        let id = RequestID(nextID)
        nextID += 1
        var request = GenerationRequest(
            prompt: setup.prompt(using: &random),
            maxNewTokens: random.chance(0.05) ? 0 : Int.random(in: 1...setup.longestReply, using: &random),
            stopTokens: random.chance(0.5)
                ? [Int32.random(in: 0..<Int32(setup.vocabulary), using: &random)] : [],
            sampling: SamplingParameters(temperature: 1, seed: UInt64.random(in: 0..<4, using: &random)),
            maxDraftTokens: random.chance(0.3) ? Int.random(in: 1...6, using: &random) : 0,
            scoresPrompt: random.chance(0.05),
            outputs: random.chance(0.05) ? .init(logits: true, includesPrompt: random.chance(0.5)) : .none)
        let needsPrompt = request.scoresPrompt || request.outputs.includesPrompt
        let history = needsPrompt ? [] : chooseSession(&request)
        counts.requests += 1
        let isPossible =
            Scheduler.reject(
                request, limits: setup.limits, blocks: setup.blocks, historyTokens: history.count) == nil
        // As the engine does: what can be refused without the session is refused before it is queued.
        let error: EngineError? =
            request.session == nil && !isPossible ? .emptyPrompt : scheduler.add(id, request)
        guard error == nil else {
            counts.refused += 1
            return
        }
        expect(id, request, history: history)
    }

    /// Makes the request part of a session, now and then.
    /// - Returns: the tokens in front of its own.
    private mutating func chooseSession(_ request: inout GenerationRequest) -> [Int32] {
        guard random.chance(setup.sessionRate) else { return [] }
        let id = SessionID(UInt64.random(in: 1...8, using: &random))
        let tokens = sessions[id]
        var use = SessionUse(id, begins: tokens == nil || random.chance(0.1), ends: random.chance(0.1))
        request.prompt = Array(request.prompt.prefix(random.chance(0.7) ? 12 : 60))
        var history = use.begins ? [] : tokens ?? []
        if !use.begins, random.chance(0.3) {
            let step = Int.random(in: 0...history.count, using: &random)
            use.prompt = .following(step: step)
            history = Array(history.prefix(step))
        } else if !use.begins, random.chance(0.4) {
            use.prompt = .wholeConversation
            let kept = history.prefix(Int.random(in: 0...history.count, using: &random))
            request.prompt = kept + request.prompt
            let common = zip(history, request.prompt).prefix { $0 == $1 }.count
            history = Array(history.prefix(common))
        }
        request.session = use
        return history
    }

    private mutating func expect(_ id: RequestID, _ request: GenerationRequest, history: [Int32]) {
        var own = request.prompt
        if case .wholeConversation = request.session?.prompt, request.session?.begins == false {
            own.removeFirst(history.count)
        }
        let prompt = history + own
        let limit = min(prompt.count + request.maxNewTokens, setup.limits.sessionLength)
        let reply = FakeExecutor.reply(
            to: request, after: prompt, limit: limit, vocabulary: setup.vocabulary)
        if let use = request.session {
            // The scheduler has the tokens until the turn is over.
            sessions[use.id] = history
            counts.sessionTurns += 1
        }
        open[id] = Expectation(
            tokens: reply.tokens, stop: reply.stop, prompt: prompt, history: history.count,
            session: request.session, limit: limit, scores: request.scoresPrompt,
            outputs: request.outputs, nextRow: request.outputs.includesPrompt ? 0 : prompt.count - 1)
    }

    private mutating func cancel(_ id: RequestID) {
        guard scheduler.cancel(id) != nil, let expectation = open.removeValue(forKey: id) else { return }
        counts.cancelled += 1
        settle(expectation, isCancelled: true)
    }

    private mutating func endSession() {
        guard let id = sessions.keys.sorted(by: { $0.value < $1.value }).randomElement(using: &random) else {
            return
        }
        let isBusy = open.values.contains { $0.session?.id == id }
        if scheduler.endSession(id) == nil {
            sessions[id] = nil
        } else if !isBusy {
            // Found at the end: the session is still in our books.
            sessions[id]?.append(-1)
        }
    }

    /// What the session holds after a turn.
    private mutating func settle(_ expectation: Expectation, isCancelled: Bool) {
        guard let use = expectation.session else { return }
        if use.ends {
            sessions[use.id] = nil
        } else if isCancelled && expectation.received == 0 {
            sessions[use.id] = Array(expectation.prompt.prefix(expectation.history))
        } else {
            var tokens = expectation.prompt + expectation.tokens.prefix(expectation.received)
            if !isCancelled, let stop = expectation.stop { tokens.append(stop) }
            sessions[use.id] = tokens
        }
    }
}

// MARK: - Steps

extension Simulation {
    private mutating func step() -> String? {
        let executor = self.executor
        let budget = random.chance(0.5) ? Int.random(in: 1...20, using: &random) : nil
        scheduler.schedule(into: &plan, prefillBudget: budget) { slot, request, prompt, reply in
            executor.begin(slot: slot, request: request, prompt: prompt, reply: reply)
        }
        counts.steps += 1
        if let problem = checkPlan() ?? scheduler.checkIntegrity() { return problem }
        executor.execute(plan, into: &result)
        if let problem = executor.problem { return problem }
        var events: [(RequestID, RequestEvent)] = []
        scheduler.update(plan: plan, result: result) { events.append(($0, $1)) }
        for (id, event) in events {
            if let problem = take(id, event) { return problem }
        }
        counts.preemptions = scheduler.totals.preemptions
        counts.cachedTokens = scheduler.totals.cachedTokens
        counts.acceptedDraftTokens = scheduler.totals.acceptedDraftTokens
        return scheduler.checkIntegrity()
    }

    private func checkPlan() -> String? {
        let limits = setup.limits
        if plan.isEmpty { return scheduler.isIdle ? nil : "nothing is planned, and requests wait" }
        if plan.tokens.count > limits.maxRows { return "the step has \(plan.tokens.count) rows" }
        let logitRows = plan.entries.reduce(0) { $0 + $1.logitRows }
        if logitRows > limits.maxLogitRows { return "the step wants \(logitRows) rows of logits" }
        if Set(plan.entries.map(\.slot)).count != plan.entries.count { return "a slot is planned twice" }
        return nil
    }

    private mutating func take(_ id: RequestID, _ event: RequestEvent) -> String? {
        guard var expectation = open[id] else { return "\(id) goes on after its end" }
        switch event {
        case .token(let token, _):
            guard expectation.received < expectation.tokens.count,
                expectation.tokens[expectation.received] == token
            else { return "\(id) replies otherwise at token \(expectation.received) than it would alone" }
            expectation.received += 1
            open[id] = expectation
        case .output(let row):
            let known = expectation.prompt + expectation.tokens
            if row.position != expectation.nextRow || row.position >= known.count
                || row.logits != [Float(known[row.position])]
            {
                return "\(id) is told of row \(row.position) and expects \(expectation.nextRow)"
            }
            expectation.nextRow += 1
            open[id] = expectation
        case .promptScores(let scores):
            if scores != expectation.prompt.dropFirst().map({ Float($0) }) {
                return "\(id) has other scores"
            }
            expectation.hasScores = true
            open[id] = expectation
        case .finished(let reason, let statistics):
            open[id] = nil
            counts.finished += 1
            settle(expectation, isCancelled: false)
            return checkEnd(id, reason, statistics, expectation)
        }
        return nil
    }

    private func checkEnd(
        _ id: RequestID, _ reason: EngineFinishReason, _ statistics: RequestStatistics,
        _ expectation: Expectation
    ) -> String? {
        if expectation.received != expectation.tokens.count {
            return "\(id) ended after \(expectation.received) of \(expectation.tokens.count) tokens"
        }
        let expected: EngineFinishReason = expectation.stop.map { .stopToken($0) } ?? .length
        if reason != expected { return "\(id) ended with \(reason), expected \(expected)" }
        if statistics.generatedTokens != expectation.received { return "\(id) counts its tokens wrongly" }
        if statistics.promptTokens != expectation.prompt.count { return "\(id) counts its prompt wrongly" }
        if expectation.outputs.logits, statistics.generatedTokens > 0 || expectation.outputs.includesPrompt {
            // The row that chose the token which ended the reply is told; the last token's own row is not computed.
            let last = expectation.prompt.count + expectation.received - (expectation.stop == nil ? 1 : 0)
            let expected = max(last, expectation.outputs.includesPrompt ? expectation.prompt.count : 0)
            if expectation.nextRow != expected {
                return "\(id) was told of rows up to \(expectation.nextRow), expected \(expected)"
            }
        }
        if expectation.scores != expectation.hasScores { return "\(id) ended without its scores" }
        return nil
    }
}
