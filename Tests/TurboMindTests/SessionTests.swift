import Testing
import TurboMind

@Suite struct SessionTests {
    private let session = SessionID(7)

    private func scheduler(blocks: Int = 16, cachesPrefixes: Bool = true) -> Scheduler {
        Scheduler(
            limits: SchedulerLimits(
                maxBatchSize: 2, sessionLength: 200, prefillTokensPerStep: 100, maxWaiting: 4,
                maxSessions: 2, tokensPerBlock: 4, cachesPrefixes: cachesPrefixes),
            blocks: blocks)
    }

    private func request(
        _ prompt: [Int32], maxNew: Int = 2, stop: [Int32] = [], _ use: SessionUse?
    ) -> GenerationRequest {
        GenerationRequest(prompt: prompt, maxNewTokens: maxNew, stopTokens: stop, session: use)
    }

    /// Runs a turn in which every token chosen is `token`.
    private func turn(
        _ scheduler: inout Scheduler, _ id: UInt64, _ request: GenerationRequest, choosing token: Int32 = 9
    ) throws -> RequestStatistics {
        let error = scheduler.add(RequestID(id), request)
        try #require(error == nil)
        var plan = StepPlan()
        var end: RequestStatistics?
        while !scheduler.isIdle {
            scheduler.schedule(into: &plan)
            var result = StepResult()
            for _ in plan.entries.filter(\.samples) { result.append(token) }
            scheduler.update(plan: plan, result: result) { _, event in
                if case .finished(_, let statistics) = event { end = statistics }
            }
            #expect(scheduler.checkIntegrity() == nil)
        }
        return try #require(end)
    }

    @Test(arguments: [true, false])
    func aTurnGoesOnWhereTheLastOneEndedWithoutComputingItAgain(cachesPrefixes: Bool) throws {
        var scheduler = scheduler(cachesPrefixes: cachesPrefixes)
        let first = try turn(&scheduler, 1, request([1, 2, 3, 4, 5], .init(session, begins: true)))
        #expect(first.sessionTokens == 7)
        #expect(scheduler.sessionTokens(session) == [1, 2, 3, 4, 5, 9, 9])
        let second = try turn(&scheduler, 2, request([6], .init(session)))
        // The last token of the reply had not been computed yet.
        #expect(second.promptTokens == 8 && second.cachedTokens == 6)
        #expect(scheduler.sessionTokens(session) == [1, 2, 3, 4, 5, 9, 9, 6, 9, 9])
    }

    @Test func theTokenThatEndedATurnBelongsToTheSession() throws {
        var scheduler = scheduler()
        let turn = try turn(&scheduler, 1, request([1], stop: [9], .init(session, begins: true)))
        #expect(turn.generatedTokens == 0)
        #expect(scheduler.sessionTokens(session) == [1, 9])
    }

    @Test func stepRollsBack() throws {
        var scheduler = scheduler()
        _ = try turn(&scheduler, 1, request([1, 2, 3, 4, 5, 6], .init(session, begins: true)))
        let use = SessionUse(session, prompt: .following(step: 3))
        let turn = try turn(&scheduler, 2, request([8], use))
        #expect(turn.promptTokens == 4)
        #expect(scheduler.sessionTokens(session) == [1, 2, 3, 8, 9, 9])
    }

    @Test func aWholeConversationKeepsWhatItHasInCommon() throws {
        var scheduler = scheduler()
        _ = try turn(&scheduler, 1, request([1, 2, 3, 4, 5, 6], .init(session, begins: true)))
        let use = SessionUse(session, prompt: .wholeConversation)
        let turn = try turn(&scheduler, 2, request([1, 2, 3, 4, 5, 6, 9, 9, 7, 7], use))
        #expect(turn.cachedTokens == 7 && turn.promptTokens == 10)
        #expect(scheduler.sessionTokens(session) == [1, 2, 3, 4, 5, 6, 9, 9, 7, 7, 9, 9])
    }

    @Test func evictedBlocksAreComputedAgain() throws {
        var scheduler = scheduler(blocks: 6)
        _ = try turn(&scheduler, 1, request([1, 2, 3, 4, 5, 6, 7], .init(session, begins: true)))
        // Takes all blocks.
        _ = try turn(&scheduler, 2, request(Array(repeating: 3, count: 20), maxNew: 4, nil))
        let turn = try turn(&scheduler, 3, request([8], .init(session)))
        #expect(turn.cachedTokens == 0 && turn.promptTokens == 10)
    }

    @Test func aTurnThatIsCancelledBeforeItsReplyIsForgotten() throws {
        var scheduler = scheduler()
        _ = try turn(&scheduler, 1, request([1, 2], .init(session, begins: true)))
        let error = scheduler.add(RequestID(2), request([5, 5], .init(session)))
        #expect(error == nil)
        let wasThere = scheduler.cancel(RequestID(2)) != nil
        #expect(wasThere)
        #expect(scheduler.sessionTokens(session) == [1, 2, 9, 9])
        #expect(scheduler.checkIntegrity() == nil)
    }

    @Test func wrongUsesAreRefusedAndChangeNothing() throws {
        var scheduler = scheduler()
        func refusal(_ request: GenerationRequest) -> EngineError? { scheduler.add(RequestID(50), request) }
        #expect(refusal(request([1], .init(session))) == .unknownSession(session))
        _ = try turn(&scheduler, 1, request([1, 2], .init(session, begins: true)))
        #expect(
            refusal(request([1], .init(session, prompt: .following(step: 9))))
                == .stepOutOfRange(step: 9, session, tokens: 4))
        #expect(
            refusal(request(Array(repeating: 1, count: 196), .init(session)))
                == .promptTooLong(promptTokens: 196, historyTokens: 4, sessionLength: 200))
        _ = try turn(&scheduler, 2, request([1], .init(SessionID(8), begins: true)))
        #expect(refusal(request([1], .init(SessionID(9), begins: true))) == .tooManySessions(limit: 2))
        let running = scheduler.add(RequestID(3), request([1], .init(session)))
        #expect(running == nil)
        #expect(refusal(request([1], .init(session))) == .busySession(session))
        let busy = scheduler.endSession(session)
        #expect(busy == .busySession(session))
        _ = scheduler.cancel(RequestID(3))
        #expect(scheduler.sessionTokens(session) == [1, 2, 9, 9])
    }

    @Test func endingASessionLetsItsBlocksGo() throws {
        var scheduler = scheduler(cachesPrefixes: false)
        _ = try turn(&scheduler, 1, request([1, 2, 3, 4, 5], .init(session, begins: true)))
        #expect(scheduler.blocks.cachedCount > 0)
        let error = scheduler.endSession(session)
        #expect(error == nil && scheduler.sessionCount == 0)
        #expect(scheduler.blocks.freeCount == 16)
        let again = scheduler.endSession(session)
        #expect(again == .unknownSession(session))
        _ = try turn(&scheduler, 2, request([1], .init(session, begins: true, ends: true)))
        #expect(scheduler.sessionCount == 0 && scheduler.blocks.freeCount == 16)
    }

    @Test func aRestoredSessionGoesOn() throws {
        var scheduler = scheduler()
        let error = scheduler.restoreSession(session, tokens: [1, 2, 3])
        #expect(error == nil)
        let turn = try turn(&scheduler, 1, request([4], .init(session)))
        #expect(turn.promptTokens == 4 && turn.cachedTokens == 0)
    }
}
