internal import Synchronization
package import Tensors

/// The engine: one thread that schedules, computes and hands out tokens.
///
/// Commands come in by a mailbox; each request has a stream of events, bounded by the tokens it may generate.
package final class Engine: Sendable {
    package typealias Events = AsyncStream<RequestEvent>

    package let limits: SchedulerLimits
    package let vocabulary: Int
    package let blocks: Int
    private let mailbox = Mailbox<Command>()
    private let state = Mutex(State())
    private let published: Published
    private let thread: DedicatedThread

    enum Command: Sendable {
        case submit(RequestID, GenerationRequest, Events.Continuation)
        case cancel(RequestID)
        case endSession(SessionID, @Sendable (EngineError?) -> Void)
        case restoreSession(SessionID, [Int32], @Sendable (EngineError?) -> Void)
        case sessionTokens(SessionID, @Sendable ([Int32]?) -> Void)
        case profile(StepProfiler?, @Sendable (Bool) -> Void)
        case stop
    }

    private struct State {
        var nextID: UInt64 = 1
        var isStopped = false
        /// Requests submitted and not finished.
        var open = 0
    }

    /// What the engine's thread tells and everybody may read.
    private final class Published: Sendable {
        let statistics: Mutex<EngineStatistics>

        init(_ statistics: EngineStatistics) { self.statistics = Mutex(statistics) }
    }

    /// - Parameter makeExecutor: called on the engine's thread; the executor never leaves it.
    package init(
        limits: SchedulerLimits, blocks: Int, vocabulary: Int,
        makeExecutor: @escaping @Sendable () -> any StepExecutor
    ) throws(TensorError) {
        self.limits = limits
        self.blocks = blocks
        self.vocabulary = vocabulary
        let mailbox = self.mailbox
        let scheduler = Scheduler(limits: limits, blocks: blocks)
        let published = Published(EngineStatistics(scheduler))
        self.published = published
        let started = DedicatedThread {
            var loop = EngineLoop(executor: makeExecutor(), scheduler: scheduler) { statistics in
                published.statistics.withLock { $0 = statistics }
            }
            loop.run(mailbox)
        }
        guard let started else { throw .threadsUnavailable(1) }
        thread = started
    }

    /// What the engine was doing at the end of its last step.
    package var statistics: EngineStatistics { published.statistics.withLock(\.self) }

    /// Queues a request. The stream ends with a `finished` event; dropping it cancels the request.
    ///
    /// What is wrong with the use of a session is told by the stream.
    package func submit(_ request: GenerationRequest) throws(EngineError) -> Events {
        if let error = request.negativeCount { throw error }
        if request.session == nil,
            let error = Scheduler.reject(request, limits: limits, blocks: blocks)
        {
            throw error
        }
        if let token = request.prompt.first(where: { $0 < 0 || Int($0) >= vocabulary }) {
            throw .tokenOutOfRange(token, vocabulary: vocabulary)
        }
        // Every token is one event, and so is every row that is told, the scores and the end: the buffer can never
        // overflow.
        let tokens = min(request.maxNewTokens, limits.sessionLength)
        let rows = request.outputs.isEmpty ? 0 : min(request.prompt.count + tokens, limits.sessionLength)
        let capacity = tokens + rows + 2
        let (stream, continuation) = Events.makeStream(bufferingPolicy: .bufferingOldest(capacity))
        try enqueue(request, continuation).get()
        return stream
    }

    /// Forgets a session. Ends with an error when there is none, or when it is replying.
    package func endSession(_ id: SessionID) async throws(EngineError) {
        try check(await ask(or: .stopped) { .endSession(id, $0) })
    }

    /// Remembers a conversation whose keys and values are computed when it goes on.
    package func restoreSession(_ id: SessionID, tokens: [Int32]) async throws(EngineError) {
        if let token = tokens.first(where: { $0 < 0 || Int($0) >= vocabulary }) {
            throw .tokenOutOfRange(token, vocabulary: vocabulary)
        }
        try check(await ask(or: .stopped) { .restoreSession(id, tokens, $0) })
    }

    /// Tokens of a session; `nil` when there is none, or when it is replying.
    package func sessionTokens(_ id: SessionID) async -> [Int32]? {
        await ask(or: nil) { .sessionTokens(id, $0) }
    }

    /// Has the profiler told what steps spend their time on, from the next one on; `nil` ends that. The one before
    /// knows of all its steps then.
    package func profileSteps(with profiler: StepProfiler?) async {
        _ = await ask(or: false) { .profile(profiler, $0) }
    }

    /// Ends all requests, stops the thread and waits for it.
    package func stop() {
        let wasStopped = state.withLock { state in
            defer { state.isStopped = true }
            if !state.isStopped { mailbox.send(.stop) }
            return state.isStopped
        }
        if !wasStopped { thread.join() }
    }
}

// MARK: - Internals

extension Engine {
    private func check(_ error: EngineError?) throws(EngineError) {
        if let error { throw error }
    }

    /// Sends a command and waits for its answer.
    private func ask<Answer: Sendable>(
        or stopped: Answer, _ command: (@escaping @Sendable (Answer) -> Void) -> Command
    ) async -> Answer {
        await withCheckedContinuation { continuation in
            let isSent = state.withLock { state in
                if !state.isStopped { mailbox.send(command { continuation.resume(returning: $0) }) }
                return !state.isStopped
            }
            if !isSent { continuation.resume(returning: stopped) }
        }
    }

    /// Sends under the lock that ``stop()`` takes: no request arrives behind the command to stop, where nobody
    /// would ever answer it.
    private func enqueue(
        _ request: GenerationRequest, _ continuation: Events.Continuation
    ) -> Result<Void, EngineError> {
        let limit = limits.maxWaiting + limits.maxBatchSize
        return state.withLock { state in
            if state.isStopped { return .failure(.stopped) }
            if state.open >= limit { return .failure(.queueFull(limit: limit)) }
            let id = RequestID(state.nextID)
            state.nextID += 1
            state.open += 1
            continuation.onTermination = { [weak self] reason in
                guard let self else { return }
                self.state.withLock { $0.open -= 1 }
                if case .cancelled = reason { self.mailbox.send(.cancel(id)) }
            }
            mailbox.send(.submit(id, request, continuation))
            return .success(())
        }
    }
}
