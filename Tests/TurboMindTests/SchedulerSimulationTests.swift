import Testing
import TurboMind

/// Random arrivals, cancellations and tiny pools against a fake model. The seed is in the test's name.
@Suite struct SchedulerSimulationTests {
    private struct Generator: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state >> 33) ^ (state << 31)
        }
    }

    /// The fake model: the next token depends on the request and the position only.
    private func token(_ id: RequestID, position: Int) -> Int32 {
        Int32((id.value &* 31 &+ UInt64(position) &* 17) % 40)
    }

    @Test(arguments: 0..<24 as Range<UInt64>)
    func everyRequestEndsOnceAndTheBooksStayRight(seed: UInt64) {
        var random = Generator(state: seed &* 7919 &+ 1)
        let limits = SchedulerLimits(
            maxBatchSize: Int.random(in: 1...6, using: &random), sessionLength: 400,
            prefillTokensPerStep: Int.random(in: 1...90, using: &random), maxWaiting: 64)
        let blocks = Int.random(in: 1...16, using: &random)
        var scheduler = Scheduler(limits: limits, blocks: blocks)
        var open: [RequestID: Int] = [:]
        var ended: Set<RequestID> = []
        var nextID: UInt64 = 1
        var plan = StepPlan()
        var steps = 0
        while nextID <= 40 || !scheduler.isIdle {
            if nextID <= 40, Int.random(in: 0..<3, using: &random) > 0 {
                let request = GenerationRequest(
                    prompt: (0..<Int.random(in: 1...200, using: &random)).map { Int32($0 % 40) },
                    maxNewTokens: Int.random(in: 1...40, using: &random), stopTokens: [3])
                let id = RequestID(nextID)
                nextID += 1
                if Scheduler.reject(request, limits: limits, blocks: blocks) == nil {
                    open[id] = request.prompt.count
                    scheduler.add(id, request)
                }
            }
            if Int.random(in: 0..<12, using: &random) == 0,
                let victim = open.keys.sorted().randomElement(using: &random)
            {
                let wasThere = scheduler.cancel(victim)
                #expect(wasThere, "seed \(seed)")
                open[victim] = nil
                ended.insert(victim)
            }
            scheduler.schedule(into: &plan)
            #expect(
                plan.entries.filter { $0.count > 1 }.reduce(0) { $0 + $1.count }
                    <= limits.prefillTokensPerStep)
            let result = StepResult(
                tokens: plan.entries.filter(\.samples).map {
                    token($0.id, position: $0.firstPosition + $0.count)
                })
            scheduler.update(plan: plan, result: result) { id, event in
                guard case .finished = event else { return }
                #expect(open.removeValue(forKey: id) != nil, "seed \(seed): \(id) ended twice")
                #expect(ended.insert(id).inserted, "seed \(seed)")
            }
            if let problem = scheduler.checkIntegrity() {
                Issue.record("seed \(seed), step \(steps): \(problem)")
                return
            }
            steps += 1
            if steps > 50_000 {
                Issue.record("seed \(seed): requests starve")
                return
            }
        }
        #expect(open.isEmpty, "seed \(seed)")
        #expect(scheduler.blockPool.freeCount == blocks, "seed \(seed)")
    }
}
