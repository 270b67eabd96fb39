/// What the engine's thread does: drain the mailbox, schedule, execute, update, deliver.
struct EngineLoop {
    private let runner: ModelRunner
    private var scheduler: Scheduler
    private var outlets: [RequestID: Engine.Events.Continuation] = [:]
    private var plan = StepPlan()
    private var result = StepResult()
    private var commands: [Engine.Command] = []

    init(runner: ModelRunner, scheduler: Scheduler) {
        self.runner = runner
        self.scheduler = scheduler
    }

    /// Runs until told to stop.
    mutating func run(_ mailbox: Mailbox<Engine.Command>) {
        while true {
            mailbox.receive(into: &commands, waiting: scheduler.isIdle)
            for command in commands {
                switch command {
                case .submit(let id, let request, let outlet):
                    outlets[id] = outlet
                    scheduler.add(id, request)
                case .cancel(let id):
                    if scheduler.cancel(id) { finish(id, .cancelled) }
                case .stop:
                    finishAll()
                    return
                }
            }
            step()
        }
    }

    private mutating func step() {
        let runner = self.runner
        scheduler.schedule(into: &plan) { slot, request in runner.begin(slot: slot, request: request) }
        guard !plan.isEmpty else { return }
        runner.execute(plan, into: &result)
        let outlets = self.outlets
        var finished: [RequestID] = []
        scheduler.update(plan: plan, result: result) { id, event in
            outlets[id]?.yield(event)
            if case .finished = event { finished.append(id) }
        }
        for id in finished { self.outlets.removeValue(forKey: id)?.finish() }
        assert(scheduler.checkIntegrity() == nil)
    }

    private mutating func finish(_ id: RequestID, _ reason: EngineFinishReason) {
        guard let outlet = outlets.removeValue(forKey: id) else { return }
        outlet.yield(.finished(reason))
        outlet.finish()
    }

    private mutating func finishAll() {
        for id in outlets.keys.sorted() { finish(id, .cancelled) }
    }
}
