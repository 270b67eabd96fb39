package import LMDeploy

/// The replies of one request while they are generated, in one stream of pieces.
///
/// A piece's `index` says which reply it belongs to. Dropping the stream, or cancelling the task that reads it, ends
/// the replies within a step. What was generated and not read yet is at most what the request allows.
package struct ReplyGroup: Sendable {
    package let count: Int
    package let pieces: AsyncThrowingStream<Response, any Error>
    private let handle: ReplyHandle

    /// Ends the replies.
    func cancel() { handle.end(.aborted) }

    init(
        _ streams: [AsyncThrowingStream<Response, any Error>], handle: ReplyHandle, running: RunningReplies,
        metrics: ServingMetrics, timeout: Duration?
    ) {
        count = streams.count
        self.handle = handle
        let (pieces, continuation) = AsyncThrowingStream<Response, any Error>.makeStream()
        self.pieces = pieces
        let task = Task {
            let timer = timeout.map { timeout in
                Task {
                    try await Task.sleep(for: timeout)
                    handle.end(.timeout)
                }
            }
            var failure: (any Error)?
            do {
                try await Self.generate(streams, into: continuation, metrics)
            } catch {
                failure = error
            }
            timer?.cancel()
            if handle.ending == .timeout {
                failure = ServingError(
                    .timeout, "the request took longer than \(timeout ?? .zero), the server's limit",
                    retryAfterSeconds: 1)
            }
            if failure != nil { metrics.countFailure() }
            running.release(handle)
            continuation.finish(throwing: failure)
        }
        continuation.onTermination = { ending in
            if case .cancelled = ending { task.cancel() }
        }
        handle.run(task)
    }

    private static func generate(
        _ streams: [AsyncThrowingStream<Response, any Error>],
        into continuation: AsyncThrowingStream<Response, any Error>.Continuation, _ metrics: ServingMetrics
    ) async throws {
        if streams.count == 1 { return try await generate(streams[0], 0, into: continuation, metrics) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, stream) in streams.enumerated() {
                group.addTask { try await generate(stream, index, into: continuation, metrics) }
            }
            try await group.waitForAll()
        }
    }

    private static func generate(
        _ stream: AsyncThrowingStream<Response, any Error>, _ index: Int,
        into continuation: AsyncThrowingStream<Response, any Error>.Continuation, _ metrics: ServingMetrics
    ) async throws {
        var clock = ReplyClock()
        for try await var piece in stream {
            piece.index = index
            clock.note(piece)
            if piece.finishReason != nil { metrics.count(piece, clock) }
            continuation.yield(piece)
        }
    }
}

/// When the pieces of a reply came.
package struct ReplyClock: Sendable {
    private let clock = ContinuousClock()
    private let start: ContinuousClock.Instant
    private var first: ContinuousClock.Instant?
    private var firstTokens = 0
    private var last: ContinuousClock.Instant
    private var tokens = 0

    init() {
        start = clock.now
        last = start
    }

    mutating func note(_ piece: Response) {
        last = clock.now
        tokens = piece.generateTokenLength
        if first == nil {
            first = last
            firstTokens = tokens
        }
    }

    var secondsToFirstToken: Double { ((first ?? last) - start) / .seconds(1) }

    var secondsInAll: Double { (last - start) / .seconds(1) }

    /// Mean time of a token behind the first piece; `nil` when there is none.
    var secondsPerToken: Double? {
        guard let first, tokens > firstTokens else { return nil }
        return (last - first) / .seconds(1) / Double(tokens - firstTokens)
    }

    var secondsOfDecoding: Double { (last - (first ?? last)) / .seconds(1) }
}
