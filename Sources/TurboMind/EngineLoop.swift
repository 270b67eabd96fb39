/// What the engine's thread does: drain the mailbox, schedule, execute, update, deliver.
struct EngineLoop {
    private let executor: any StepExecutor
    private let publish: (EngineStatistics) -> Void
    private var scheduler: Scheduler
    private var outlets: [RequestID: Engine.Events.Continuation] = [:]
    private var costs = StepCostModel()
    private var plan = StepPlan()
    private var result = StepResult()
    private var commands: [Engine.Command] = []
    private let clock = ContinuousClock()
    private var profiler: StepProfiler?

    init(
        executor: any StepExecutor, scheduler: Scheduler, publish: @escaping (EngineStatistics) -> Void
    ) {
        self.executor = executor
        self.scheduler = scheduler
        self.publish = publish
    }

    /// Runs until told to stop.
    mutating func run(_ mailbox: Mailbox<Engine.Command>) {
        executor.prepareMemory(after: plan)
        while true {
            mailbox.receive(into: &commands, waiting: scheduler.isIdle)
            for command in commands {
                if case .stop = command {
                    finishAll()
                    return
                }
                handle(command)
            }
            step()
            publish(EngineStatistics(scheduler))
        }
    }

    private mutating func handle(_ command: Engine.Command) {
        switch command {
        case .submit(let id, let request, let outlet):
            outlets[id] = outlet
            if let error = scheduler.add(id, request) { finish(id, .refused(error), RequestStatistics()) }
        case .cancel(let id):
            if let statistics = scheduler.cancel(id) { finish(id, .cancelled, statistics) }
        case .endSession(let id, let reply):
            reply(scheduler.endSession(id))
        case .restoreSession(let id, let tokens, let reply):
            reply(scheduler.restoreSession(id, tokens: tokens))
        case .sessionTokens(let id, let reply):
            reply(scheduler.sessionTokens(id))
        case .profile(let profiler, let reply):
            self.profiler = profiler
            executor.profileSteps(with: profiler)
            reply(true)
        case .stop:
            break
        }
    }

    private mutating func step() {
        let executor = self.executor
        let beginning = clock.now
        scheduler.schedule(into: &plan, prefillBudget: costs.prefillBudget(beside: scheduler.replyCount)) {
            slot, request, prompt, reply in
            executor.begin(slot: slot, request: request, prompt: prompt, reply: reply)
        }
        guard !plan.isEmpty else { return }
        let start = clock.now
        executor.execute(plan, into: &result)
        let rows = plan.rowCounts
        let computed = clock.now
        costs.note(
            decodeRows: rows.decode, prefillRows: rows.prefill, seconds: (computed - start) / .seconds(1))
        deliver()
        let delivered = clock.now
        executor.prepareMemory(after: plan)
        profiler?.update(plan) { profile in
            profile.steps += 1
            profile.rows += rows.decode + rows.prefill
            profile.scheduling += start - beginning
            profile.delivering += delivered - computed
            profile.preparing += clock.now - delivered
        }
        assert(scheduler.checkIntegrity() == nil)
    }

    private mutating func deliver() {
        let outlets = self.outlets
        var finished: [RequestID] = []
        scheduler.update(plan: plan, result: result) { id, event in
            outlets[id]?.yield(event)
            if case .finished = event { finished.append(id) }
        }
        for id in finished { self.outlets.removeValue(forKey: id)?.finish() }
    }

    private mutating func finish(
        _ id: RequestID, _ reason: EngineFinishReason, _ statistics: RequestStatistics
    ) {
        guard let outlet = outlets.removeValue(forKey: id) else { return }
        outlet.yield(.finished(reason, statistics))
        outlet.finish()
    }

    /// Everybody has an answer then: nothing but cancellations is sent after the command to stop.
    private mutating func finishAll() {
        for id in outlets.keys.sorted() {
            finish(id, .cancelled, scheduler.cancel(id) ?? RequestStatistics())
        }
        publish(EngineStatistics(scheduler))
    }
}

/// Computes step plans: the data side of the engine, or what stands in for it in a simulation.
package protocol StepExecutor {
    /// Prepares a slot for a sequence that starts, or starts again after it was preempted.
    func begin(
        slot: Int, request: GenerationRequest, prompt: ArraySlice<Int32>, reply: ArraySlice<Int32>)

    /// Computes the plan's rows and chooses tokens.
    func execute(_ plan: StepPlan, into result: inout StepResult)

    /// Gets memory ready that steps after this one will write; the plan is empty before the first one.
    func prepareMemory(after plan: StepPlan)

    /// From now on the profiler is told what executing takes; `nil` ends that.
    func profileSteps(with profiler: StepProfiler?)
}

extension StepExecutor {
    package func prepareMemory(after plan: StepPlan) {}
    package func profileSteps(with profiler: StepProfiler?) {}
}
