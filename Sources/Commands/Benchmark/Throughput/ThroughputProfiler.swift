internal import LMDeploy
internal import Tokenization
internal import TurboMind

/// Sends requests to an engine, a fixed number of them open at a time, and notes when tokens arrive.
struct ThroughputProfiler: Sendable {
    let pipeline: Pipeline
    let sampling: SamplingParameters
    /// Whether tokens are seen one by one, or at the end of their reply.
    let isStreamed: Bool
    let detokenizes: Bool

    /// Sends all requests. The next one starts when one has ended.
    func run(_ requests: [ThroughputRequest], concurrency: Int) async throws -> ThroughputSummary {
        let before = await settledStatistics()
        let clock = ContinuousClock()
        let start = clock.now
        let elapsed = { @Sendable in (clock.now - start).inSeconds }
        let records = try await withThrowingTaskGroup(of: RequestRecord.self) { group in
            var waiting = requests.enumerated().makeIterator()
            func startNext() {
                guard let (index, request) = waiting.next() else { return }
                group.addTask { try await record(request, seed: UInt64(index), elapsed: elapsed) }
            }
            for _ in 0..<concurrency { startNext() }
            var records: [RequestRecord] = []
            while let record = try await group.next() {
                startNext()
                records.append(record)
            }
            return records
        }
        return ThroughputSummary(
            concurrency: concurrency, records: records, isStreamed: isStreamed,
            engine: EngineWork(from: before, to: await settledStatistics()))
    }

    /// Sends one request and reads its reply, or what of it is wanted.
    private func record(
        _ request: ThroughputRequest, seed: UInt64, elapsed: @Sendable () -> Double
    ) async throws -> RequestRecord {
        let start = elapsed()
        let prompt = try tokens(of: request.prompt)
        var sampling = sampling
        sampling.seed &+= seed
        let events = try pipeline.engine.submit(
            GenerationRequest(
                prompt: prompt, maxNewTokens: request.completionTokens, sampling: sampling))
        var timeline = ReplyTimeline()
        var detokenizer = StreamingDetokenizer(pipeline.tokenizer, skipSpecialTokens: true)
        var count = 0
        var isCancelled = false
        reading: for await event in events {
            switch event {
            case .token(let token, _):
                count += 1
                if detokenizes { _ = detokenizer.append(token) }
                if isStreamed { timeline.note(tokens: count, at: elapsed()) }
                if let limit = request.cancelAfterTokens, count > limit {
                    isCancelled = true
                    break reading
                }
            case .promptScores, .output:
                continue
            case .finished(let reason, _):
                try Self.check(reason)
            }
        }
        timeline.note(tokens: count, at: elapsed())
        return RequestRecord(
            inputTokens: prompt.count, start: start, end: elapsed(), timeline: timeline,
            isCancelled: isCancelled)
    }

    private func tokens(of prompt: ThroughputRequest.Prompt) throws -> [Int32] {
        switch prompt {
        case .tokens(let tokens): tokens
        case .text(let text): try pipeline.tokens(of: .raw(text))
        }
    }

    private static func check(_ reason: EngineFinishReason) throws {
        switch reason {
        case .length, .stopToken: return
        case .refused(let error): throw error
        case .failed(let message): throw ToolError.measurement(message)
        case .cancelled: throw ToolError.measurement("the engine ended a request")
        }
    }

    /// The engine's statistics once it knows of everything that was sent before.
    private func settledStatistics() async -> EngineStatistics {
        // Commands are answered in order, and statistics are published before the next ones are read.
        for _ in 0..<2 { _ = await pipeline.engine.sessionTokens(SessionID(0)) }
        return pipeline.engine.statistics
    }
}
