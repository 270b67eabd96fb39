internal import Synchronization

/// The replies that are being generated: how many there may be, which session each belongs to, and how to end them.
package final class RunningReplies: Sendable {
    /// Most replies that run or wait for a place in the batch.
    package let limit: Int
    private let state = Mutex(State())

    private struct State {
        var nextNumber: UInt64 = 1
        /// Replies of requests; a request with `n` counts `n` times.
        var count = 0
        var isDraining = false
        var handles: [UInt64: ReplyHandle] = [:]
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    package init(limit: Int) { self.limit = limit }

    /// Replies that run or wait.
    package var count: Int { state.withLock { $0.count } }

    package var isDraining: Bool { state.withLock { $0.isDraining } }

    /// Makes room for the replies of a request.
    func admit(_ replies: Int, sessionID: UInt64?) throws(ServingError) -> ReplyHandle {
        let limit = limit
        let result: Result<ReplyHandle, ServingError> = state.withLock { state in
            if state.isDraining {
                return .failure(
                    ServingError(
                        .unavailable, "the server is shutting down: ask another one, or later",
                        retryAfterSeconds: 5))
            }
            if replies > limit {
                return .failure(
                    .field("n", found: "\(replies) replies", expected: "at most \(limit) in one request"))
            }
            if state.count + replies > limit {
                return .failure(
                    ServingError(
                        .overloaded,
                        "\(state.count) replies of at most \(limit) are being generated: try again",
                        retryAfterSeconds: 1))
            }
            let handle = ReplyHandle(number: state.nextNumber, replies: replies, sessionID: sessionID)
            state.nextNumber += 1
            state.count += replies
            state.handles[handle.number] = handle
            return .success(handle)
        }
        return try result.get()
    }

    func release(_ handle: ReplyHandle) {
        let waiters = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            guard state.handles.removeValue(forKey: handle.number) != nil else { return [] }
            state.count -= handle.replies
            guard state.handles.isEmpty else { return [] }
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Ends the replies of a session, or all of them.
    /// - Returns: how many requests that were.
    @discardableResult
    package func abort(sessionID: UInt64? = nil) -> Int {
        let handles = state.withLock { state in
            state.handles.values.filter { sessionID == nil || $0.sessionID == sessionID }
        }
        for handle in handles { handle.end(.aborted) }
        return handles.count
    }

    /// Takes no more requests.
    package func beginDraining() { state.withLock { $0.isDraining = true } }

    /// Waits until nothing runs any more.
    package func waitUntilIdle() async {
        await withCheckedContinuation { continuation in
            let isIdle = state.withLock { state in
                if !state.handles.isEmpty { state.waiters.append(continuation) }
                return state.handles.isEmpty
            }
            if isIdle { continuation.resume() }
        }
    }
}

/// The replies of one request: ends them from outside.
final class ReplyHandle: Sendable {
    /// Why replies are ended before they are complete.
    enum Ending: Sendable {
        case aborted
        case timeout
    }

    let number: UInt64
    let replies: Int
    let sessionID: UInt64?
    private let state = Mutex(State())

    private struct State {
        var task: Task<Void, Never>?
        var ending: Ending?
    }

    init(number: UInt64, replies: Int, sessionID: UInt64?) {
        self.number = number
        self.replies = replies
        self.sessionID = sessionID
    }

    var ending: Ending? { state.withLock { $0.ending } }

    func end(_ ending: Ending) {
        let task = state.withLock { state in
            if state.ending == nil { state.ending = ending }
            return state.task
        }
        task?.cancel()
    }

    /// Takes over the task that generates the replies.
    func run(_ task: Task<Void, Never>) {
        let isEnded = state.withLock { state in
            state.task = task
            return state.ending != nil
        }
        if isEnded { task.cancel() }
    }
}
