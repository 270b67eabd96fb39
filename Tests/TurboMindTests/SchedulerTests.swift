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
        var result = StepResult()
        for _ in plan.entries.filter(\.samples) { result.append(token) }
        var events: [(RequestID, RequestEvent)] = []
        scheduler.update(plan: plan, result: result) { events.append(($0, $1)) }
        #expect(scheduler.checkIntegrity() == nil)
        return (plan, events)
    }

    private func add(_ scheduler: inout Scheduler, _ id: RequestID, _ request: GenerationRequest) {
        let error = scheduler.add(id, request)
        #expect(error == nil)
    }

    @Test func aPromptIsComputedInChunksAndSamplesOnceAtItsEnd() {
        var scheduler = Scheduler(limits: limits, blocks: 16)
        add(&scheduler, RequestID(1), request(19))
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
        add(&scheduler, RequestID(1), request(3, maxNew: 3))
        var events: [RequestEvent] = []
        while !scheduler.isIdle { events += step(&scheduler).events.map(\.1) }
        var statistics = RequestStatistics()
        statistics.promptTokens = 3
        statistics.generatedTokens = 3
        #expect(
            events == [.token(7, nil), .token(7, nil), .token(7, nil), .finished(.length, statistics)])
        #expect(scheduler.blocks.freeCount == 16)
    }

    @Test func aStopTokenEndsTheReplyAndIsNotPartOfIt() {
        var scheduler = Scheduler(limits: limits, blocks: 16)
        add(&scheduler, RequestID(1), request(3, stop: [9]))
        let first = step(&scheduler, choosing: 7).events.map(\.1)
        let second = step(&scheduler, choosing: 9).events.map(\.1)
        #expect(first == [.token(7, nil)])
        guard case .finished(.stopToken(9), let statistics) = second.first else {
            Issue.record("expected the end, found \(second)")
            return
        }
        #expect(second.count == 1 && statistics.generatedTokens == 1)
        #expect(scheduler.isIdle)
    }

    @Test func theSessionLengthCutsTheReply() {
        var scheduler = Scheduler(limits: limits, blocks: 16)
        add(&scheduler, RequestID(1), request(250, maxNew: 1000))
        var tokens = 0
        while !scheduler.isIdle {
            for case (_, .token) in step(&scheduler).events { tokens += 1 }
        }
        #expect(tokens == 6)
    }

    @Test func logitsThatAreNotFiniteEndTheRequestWithAnError() throws {
        var scheduler = Scheduler(limits: limits, blocks: 16)
        add(&scheduler, RequestID(1), request(3))
        let events = step(&scheduler, choosing: nil).events
        guard case .finished(.failed(let message), _) = try #require(events.first).1 else {
            Issue.record("expected a failure")
            return
        }
        #expect(message.contains("finite"))
        #expect(scheduler.isIdle)
    }

    @Test func aRunningReplyDecodesInEveryStepBesideALongPrompt() {
        var scheduler = Scheduler(limits: limits, blocks: 16)
        add(&scheduler, RequestID(1), request(2, maxNew: 50))
        _ = step(&scheduler)
        add(&scheduler, RequestID(2), request(100))
        for _ in 0..<5 {
            let (plan, _) = step(&scheduler)
            #expect(plan.entries.map(\.count) == [1, 8])
            #expect(plan.entries.map(\.samples) == [true, false])
        }
    }

    @Test func requestsStartInArrivalOrderWhenThereIsRoomForTheirPrompts() {
        var scheduler = Scheduler(limits: limits, blocks: 4)
        add(&scheduler, RequestID(1), request(130, maxNew: 60))
        add(&scheduler, RequestID(2), request(100, maxNew: 60))
        add(&scheduler, RequestID(3), request(2, maxNew: 2))
        _ = step(&scheduler)
        // The second needs two blocks and one is left: the third does not overtake it.
        #expect(scheduler.runningCount == 1)
        #expect(scheduler.waitingCount == 2)
        let isThere = scheduler.cancel(RequestID(1)) != nil
        _ = step(&scheduler)
        #expect(isThere && scheduler.runningCount == 2)
        let isStillThere = scheduler.cancel(RequestID(1)) != nil
        #expect(!isStillThere)
    }

    @Test func theYoungestGivesItsBlocksWhenTheCacheIsFullAndIsComputedAgain() {
        var scheduler = Scheduler(limits: limits, blocks: 4)
        add(&scheduler, RequestID(1), request(60, maxNew: 100))
        add(&scheduler, RequestID(2), request(50, maxNew: 70))
        var ends: [RequestID: RequestStatistics] = [:]
        while !scheduler.isIdle {
            for case (let id, .finished(.length, let statistics)) in step(&scheduler).events {
                ends[id] = statistics
            }
        }
        #expect(ends[RequestID(1)]?.preemptions == 0)
        #expect((ends[RequestID(2)]?.preemptions ?? 0) > 0)
        #expect(ends[RequestID(2)]?.generatedTokens == 70)
    }

    @Test func promptsThatBeginAlikeAreComputedOnce() {
        var scheduler = Scheduler(limits: limits, blocks: 16)
        add(&scheduler, RequestID(1), request(140, maxNew: 2))
        add(&scheduler, RequestID(2), request(140, maxNew: 2))
        var rows = 0
        var ends: [RequestID: RequestStatistics] = [:]
        while !scheduler.isIdle {
            let (plan, events) = step(&scheduler)
            rows += plan.tokens.count
            for case (let id, .finished(_, let statistics)) in events { ends[id] = statistics }
        }
        // 140 rows, then the 12 behind the last full block once more, and a token of each reply.
        #expect(rows == 140 + 12 + 2)
        add(&scheduler, RequestID(3), request(140, maxNew: 2))
        while !scheduler.isIdle {
            for case (let id, .finished(_, let statistics)) in step(&scheduler).events {
                ends[id] = statistics
            }
        }
        #expect(ends[RequestID(3)]?.cachedTokens == 128)
        #expect(scheduler.blocks.activeCount == 0)
    }

    @Test func withoutPrefixCacheEveryPromptIsComputed() {
        var limits = limits
        limits.cachesPrefixes = false
        var scheduler = Scheduler(limits: limits, blocks: 16)
        var rows = 0
        for id in UInt64(1)...2 {
            add(&scheduler, RequestID(id), request(140, maxNew: 1))
            while !scheduler.isIdle { rows += step(&scheduler).plan.tokens.count }
        }
        #expect(rows == 280)
        #expect(scheduler.blocks.freeCount == 16)
    }

    @Test func aLongPromptKeepsToItsBudgetBesideReplies() {
        var scheduler = Scheduler(
            limits: .init(maxBatchSize: 2, sessionLength: 400, prefillTokensPerStep: 128, maxWaiting: 4),
            blocks: 16)
        var plan = StepPlan()
        scheduler.schedule(into: &plan, prefillBudget: 5)
        #expect(plan.isEmpty)
        add(&scheduler, RequestID(1), request(2, maxNew: 50))
        _ = step(&scheduler)
        add(&scheduler, RequestID(2), request(300))
        scheduler.schedule(into: &plan, prefillBudget: 5)
        #expect(plan.entries.map(\.count) == [1, 5])
        #expect(plan.rowCounts.decode == 1 && plan.rowCounts.prefill == 5)
    }

    @Test func plansCarryTokensPositionsAndBlockTables() {
        var scheduler = Scheduler(limits: limits, blocks: 16)
        add(&scheduler, RequestID(1), request(10))
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
        #expect(
            rejection(request(256)) == .promptTooLong(promptTokens: 256, historyTokens: 0, sessionLength: 256)
        )
        #expect(rejection(request(255)) == nil)
        #expect(
            rejection(request(100, maxNew: 60), blocks: 2) == .cacheTooSmall(neededBlocks: 3, totalBlocks: 2))
        #expect(rejection(request(100, maxNew: .max)) == nil)
    }

    @Test func draftsTakeNoRowsFromAPrompt() {
        var scheduler = Scheduler(
            limits: .init(maxBatchSize: 2, sessionLength: 400, prefillTokensPerStep: 128, maxWaiting: 4),
            blocks: 16)
        var reply = request(12, maxNew: 50)
        reply.prompt = [1, 2, 3, 4, 5, 6, 7, 7, 7, 7, 7, 7]
        reply.maxDraftTokens = 8
        add(&scheduler, RequestID(1), reply)
        _ = step(&scheduler)
        add(&scheduler, RequestID(2), request(300))
        var plan = StepPlan()
        scheduler.schedule(into: &plan, prefillBudget: 5)
        #expect(plan.entries.first.map { $0.draftCount > 0 } == true)
        #expect(plan.entries.last?.count == 5)
    }
}
