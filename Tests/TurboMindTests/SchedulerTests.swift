import Testing
import TurboMind

@Suite struct SchedulerTests {
    private let limits = SchedulerLimits(
        maxBatchSize: 2, sessionLength: 256, prefillTokensPerStep: 8, maxWaiting: 4)

    private func request(_ promptTokens: Int, maxNew: Int = 4, stop: [Int32] = []) -> GenerationRequest {
        GenerationRequest(
            prompt: (0..<Int32(promptTokens)).map { $0 % 50 }, maxNewTokens: maxNew, stopTokens: stop)
    }

    /// Runs one step in which every sampling entry chooses `token`.
    private func step(
        _ scheduler: inout Scheduler, choosing token: Int32? = 7
    ) -> (plan: StepPlan, events: [(RequestID, RequestEvent)]) {
        var plan = StepPlan()
        scheduler.schedule(into: &plan)
        let result = StepResult(tokens: plan.entries.filter(\.samples).map { _ in token })
        var events: [(RequestID, RequestEvent)] = []
        scheduler.update(plan: plan, result: result) { events.append(($0, $1)) }
        #expect(scheduler.checkIntegrity() == nil)
        return (plan, events)
    }

    @Test func aPromptIsComputedInChunksAndSamplesOnceAtItsEnd() {
        var scheduler = Scheduler(limits: limits, blocks: 16)
        scheduler.add(RequestID(1), request(19))
        var chunks: [Int] = []
        for _ in 0..<3 {
            let (plan, events) = step(&scheduler)
            chunks.append(plan.entries[0].count)
            #expect(events.isEmpty == (chunks.count < 3))
        }
        #expect(chunks == [8, 8, 3])
    }

    @Test func theReplyEndsAtItsLimitAndGivesItsBlocksBack() {
        var scheduler = Scheduler(limits: limits, blocks: 16)
        scheduler.add(RequestID(1), request(3, maxNew: 3))
        var events: [RequestEvent] = []
        while !scheduler.isIdle { events += step(&scheduler).events.map(\.1) }
        #expect(events == [.token(7), .token(7), .token(7), .finished(.length)])
        #expect(scheduler.blockPool.freeCount == 16)
    }

    @Test func aStopTokenEndsTheReplyAndIsNotPartOfIt() {
        var scheduler = Scheduler(limits: limits, blocks: 16)
        scheduler.add(RequestID(1), request(3, stop: [9]))
        let first = step(&scheduler, choosing: 7).events.map(\.1)
        let second = step(&scheduler, choosing: 9).events.map(\.1)
        #expect(first == [.token(7)])
        #expect(second == [.finished(.stopToken(9))])
        #expect(scheduler.isIdle)
    }

    @Test func theSessionLengthCutsTheReply() {
        var scheduler = Scheduler(limits: limits, blocks: 16)
        scheduler.add(RequestID(1), request(250, maxNew: 1000))
        var tokens = 0
        while !scheduler.isIdle {
            for case (_, .token) in step(&scheduler).events { tokens += 1 }
        }
        #expect(tokens == 6)
    }

    @Test func logitsThatAreNotFiniteEndTheRequestWithAnError() throws {
        var scheduler = Scheduler(limits: limits, blocks: 16)
        scheduler.add(RequestID(1), request(3))
        let events = step(&scheduler, choosing: nil).events
        guard case .finished(.failed(let message)) = try #require(events.first).1 else {
            Issue.record("expected a failure")
            return
        }
        #expect(message.contains("finite"))
        #expect(scheduler.isIdle)
    }

    @Test func aRunningReplyDecodesInEveryStepBesideALongPrompt() {
        var scheduler = Scheduler(limits: limits, blocks: 16)
        scheduler.add(RequestID(1), request(2, maxNew: 50))
        _ = step(&scheduler)
        scheduler.add(RequestID(2), request(100))
        for _ in 0..<5 {
            let (plan, _) = step(&scheduler)
            #expect(plan.entries.map(\.count) == [1, 8])
            #expect(plan.entries.map(\.samples) == [true, false])
        }
    }

    @Test func requestsStartInArrivalOrderWhenBlocksAllow() {
        var scheduler = Scheduler(limits: limits, blocks: 4)
        scheduler.add(RequestID(1), request(100, maxNew: 60))
        scheduler.add(RequestID(2), request(100, maxNew: 60))
        scheduler.add(RequestID(3), request(2, maxNew: 2))
        _ = step(&scheduler)
        // The second needs three blocks and one is left: the third does not overtake it.
        #expect(scheduler.runningCount == 1)
        #expect(scheduler.waitingCount == 2)
        let wasThere = scheduler.cancel(RequestID(1))
        _ = step(&scheduler)
        #expect(wasThere && scheduler.runningCount == 2)
        let isThere = scheduler.cancel(RequestID(1))
        #expect(!isThere)
    }

    @Test func plansCarryTokensPositionsAndBlockTables() {
        var scheduler = Scheduler(limits: limits, blocks: 16)
        scheduler.add(RequestID(1), request(10))
        let (first, _) = step(&scheduler)
        #expect(first.tokens == [0, 1, 2, 3, 4, 5, 6, 7])
        #expect(first.entries[0].firstPosition == 0)
        #expect(first.blocks == [0])
        let (second, _) = step(&scheduler)
        #expect(second.tokens == [8, 9])
        #expect(second.entries[0].firstPosition == 8)
    }

    @Test func impossibleRequestsAreRefusedWithNumbers() {
        func rejection(_ request: GenerationRequest, blocks: Int = 4) -> EngineError? {
            Scheduler.reject(request, limits: limits, blocks: blocks)
        }
        #expect(rejection(request(0)) == .emptyPrompt)
        #expect(rejection(request(256)) == .promptTooLong(promptTokens: 256, sessionLength: 256))
        #expect(rejection(request(255)) == nil)
        #expect(
            rejection(request(100, maxNew: 60), blocks: 2) == .cacheTooSmall(neededBlocks: 3, totalBlocks: 2))
        #expect(rejection(request(100, maxNew: .max)) == nil)
    }
}
