internal import Synchronization
package import Tensors
package import TurboMind

/// An engine with a real model, for tests that look at the bits of its logits.
package final class EngineHarness: Sendable {
    package let engine: Engine
    private let record = StepRecord()
    /// Requests that the engine has taken.
    private let accepted = Mutex<UInt64>(0)

    /// The size of an engine.
    package struct Setup: Sendable {
        package var threads = 1
        package var isa = InstructionSet.best
        package var cacheElement: KVCacheShape.Element? = nil
        package var blocks = 256
        package var tokensPerBlock = KVCacheShape.defaultTokensPerBlock
        package var maxBatchSize = 40
        package var sessionLength = 2048
        package var prefillTokensPerStep = 512
        package var maxWaiting = 4096
        package var maxSessions = 4096
        package var cachesPrefixes = true
        package var extraLogitRows = 32

        package init(cacheElement: KVCacheShape.Element? = nil) { self.cacheElement = cacheElement }

        /// A copy with changes.
        package func with(_ change: (inout Setup) -> Void) -> Setup {
            var copy = self
            change(&copy)
            return copy
        }
    }

    package init(_ model: TestModel, _ setup: Setup = Setup()) throws {
        let limits = SchedulerLimits(
            maxBatchSize: setup.maxBatchSize, sessionLength: setup.sessionLength,
            prefillTokensPerStep: setup.prefillTokensPerStep, maxWaiting: setup.maxWaiting,
            maxSessions: setup.maxSessions, tokensPerBlock: setup.tokensPerBlock,
            cachesPrefixes: setup.cachesPrefixes,
            extraLogitRows: setup.extraLogitRows)
        let shape = model.cacheShape(setup.cacheElement, tokensPerBlock: setup.tokensPerBlock)
        let cache = try KVCacheStorage(shape: shape, blocks: setup.blocks)
        let runner = try ModelRunner(
            model: model.model, cache: cache, kernels: try .require(setup.isa),
            pool: try WorkerPool(threads: setup.threads), maxRows: limits.maxRows,
            maxBatchSize: limits.maxBatchSize, maxLogitRows: limits.maxLogitRows)
        let box = RecorderBox(LogitRecorder(runner, record: record))
        engine = try Engine(
            limits: limits, blocks: setup.blocks, vocabulary: model.vocabulary, makeExecutor: { box.take() })
    }

    deinit { engine.stop() }

    /// A request on its way: its events wait in the stream until somebody asks.
    package struct Ticket: Sendable {
        package let id: RequestID
        package let events: Engine.Events
    }

    package func submit(_ request: GenerationRequest) throws(EngineError) -> Ticket {
        // The engine numbers what it accepts from 1 on.
        let result: Result<Ticket, EngineError> = accepted.withLock { accepted in
            do throws(EngineError) {
                let events = try engine.submit(request)
                accepted += 1
                return .success(Ticket(id: RequestID(accepted), events: events))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// Everything until the end of a reply.
    package func reply(_ ticket: Ticket) async -> Reply {
        var reply = Reply()
        for await event in ticket.events {
            switch event {
            case .token(let token, let logprobs):
                reply.content.tokens.append(token)
                reply.content.logprobs.append(logprobs)
            case .promptScores(let scores): reply.content.scores = scores
            case .output: break
            case .finished(let reason, let statistics):
                reply.content.reason = reason
                reply.statistics = statistics
                reply.endings += 1
            }
        }
        // Right drafts behind the token that ended the reply were computed with it, and are nobody's.
        let isStopped = if case .stopToken = reply.reason { 1 } else { 0 }
        let choices = reply.tokens.count + isStopped
        reply.content.logits = Array(record.takeLogits(of: ticket.id).prefix(choices))
        return reply
    }

    package func reply(to request: GenerationRequest) async throws -> Reply {
        await reply(try submit(request))
    }

    /// One after the other, each alone.
    package func repliesInTurn(to requests: [GenerationRequest]) async throws -> [Reply] {
        var replies: [Reply] = []
        for request in requests { replies.append(try await reply(to: request)) }
        return replies
    }

    /// All in the engine's queue before its next step.
    package func replies(to requests: [GenerationRequest]) async throws -> [Reply] {
        let tickets = try withoutSteps { try requests.map { try submit($0) } }
        var replies: [Reply] = []
        for ticket in tickets { replies.append(await reply(ticket)) }
        return replies
    }

    /// Calls `body` while no step begins.
    package func withoutSteps<Result>(_ body: () throws -> Result) rethrows -> Result {
        try record.withoutSteps(body)
    }

    /// Has `body` called as every step begins, on the engine's thread, with the number of steps before.
    package func whenStepBegins(_ body: (@Sendable (Int) -> Void)?) {
        record.whenStepBegins(body)
    }

    package var activity: EngineActivity { record.activity }

    /// Statistics after everything that was sent before.
    package func settledStatistics() async -> EngineStatistics {
        // The answer to the first question comes out of a turn of the engine's loop that has all commands
        // from before, the answer to the second out of a later turn: the first one has published then.
        for _ in 0..<2 { _ = await engine.sessionTokens(SessionID(.max)) }
        return engine.statistics
    }
}

/// Carries the executor to the engine's thread.
private final class RecorderBox: @unchecked Sendable {
    // SAFETY: built on one thread, taken once on the engine's thread, which starts after the box is complete.
    private let recorder: LogitRecorder

    init(_ recorder: LogitRecorder) { self.recorder = recorder }

    func take() -> LogitRecorder { recorder }
}
