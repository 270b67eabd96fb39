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
    private let thread: DedicatedThread

    enum Command: Sendable {
        case submit(RequestID, GenerationRequest, Events.Continuation)
        case cancel(RequestID)
        case stop
    }

    private struct State {
        var nextID: UInt64 = 1
        var isStopped = false
        /// Requests submitted and not finished.
        var open = 0
    }

    /// - Parameter makeRunner: called on the engine's thread; the runner never leaves it.
    package init(
        limits: SchedulerLimits, blocks: Int, vocabulary: Int,
        makeRunner: @escaping @Sendable () -> ModelRunner
    ) throws(TensorError) {
        self.limits = limits
        self.blocks = blocks
        self.vocabulary = vocabulary
        let mailbox = self.mailbox
        let started = DedicatedThread {
            var loop = EngineLoop(runner: makeRunner(), scheduler: Scheduler(limits: limits, blocks: blocks))
            loop.run(mailbox)
        }
        guard let started else { throw .threadsUnavailable(1) }
        thread = started
    }

    /// Queues a request. The stream ends with a `finished` event; dropping it cancels the request.
    package func submit(_ request: GenerationRequest) throws(EngineError) -> Events {
        if let error = Scheduler.reject(request, limits: limits, blocks: blocks) { throw error }
        if let token = request.prompt.first(where: { $0 < 0 || Int($0) >= vocabulary }) {
            throw .tokenOutOfRange(token, vocabulary: vocabulary)
        }
        // Every token is one event, and the end is another: the buffer can never overflow.
        let capacity = min(request.maxNewTokens, limits.sessionLength) + 1
        let (stream, continuation) = Events.makeStream(bufferingPolicy: .bufferingOldest(capacity))
        try enqueue(request, continuation).get()
        return stream
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
