package import LMDeploy
internal import TurboMind

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// How a service treats requests.
package struct ServiceSettings: Sendable {
    /// The name under which clients ask for the model; `nil` takes the model's own.
    package var modelName: String?
    /// Most replies that run or wait; `nil` takes what the engine's queue holds.
    package var maxConcurrentRequests: Int?
    /// Longest time a request may take.
    package var requestTimeout: Duration?
    /// Refuses fields that nobody documents, instead of naming them in the answer.
    package var strictFields = false
    /// Allows `/abort_request`.
    package var allowsAbort = false

    package init() {}
}

/// One reply to be generated.
package struct ReplyJob: Sendable {
    package var prompt: [Int32]
    package var config: GenerationConfig

    package init(prompt: [Int32], config: GenerationConfig) {
        self.prompt = prompt
        self.config = config
    }
}

/// A model that answers requests, whatever they come by.
package final class InferenceService: Sendable {
    package let pipeline: Pipeline
    package let modelName: String
    package let settings: ServiceSettings
    package let running: RunningReplies
    package let metrics: ServingMetrics
    package let sessions = InteractiveSessions()
    /// When the service began, in seconds since 1970.
    package let startTime: Int

    package init(_ pipeline: Pipeline, settings: ServiceSettings = ServiceSettings()) {
        self.pipeline = pipeline
        self.settings = settings
        modelName = settings.modelName ?? pipeline.modelName
        let limits = pipeline.engine.limits
        let capacity = limits.maxWaiting + limits.maxBatchSize
        running = RunningReplies(limit: min(settings.maxConcurrentRequests ?? capacity, capacity))
        metrics = ServingMetrics(modelName: modelName)
        startTime = Self.now
    }

    /// Seconds since 1970.
    package static var now: Int { Int(Date().timeIntervalSince1970) }

    /// Tokens that exist.
    package var vocabulary: Int { pipeline.engine.vocabulary }

    /// Most tokens of a prompt and its reply together.
    package var contextLength: Int { pipeline.plan.sessionLength }

    /// Refuses another model's name. Without a name, the request is for the model there is.
    package func checkModel(_ name: String?) throws(ServingError) {
        guard let name, name != modelName else { return }
        throw ServingError(
            .modelNotFound, "there is no model '\(name.prefix(80))' here: '\(modelName)' is served",
            parameter: "model")
    }

    /// The tokens of a prompt.
    package func tokens(of prompt: Prompt, field: String) throws(ServingError) -> [Int32] {
        if case .tokens(let tokens) = prompt,
            let token = tokens.first(where: { $0 < 0 || Int($0) >= vocabulary })
        {
            throw .field(
                field, found: "token \(token)", expected: "tokens of the vocabulary, 0..<\(vocabulary)")
        }
        do {
            return try pipeline.tokens(of: prompt)
        } catch {
            var error = ServingError(error)
            error.parameter = field
            throw error
        }
    }

    /// Room for a reply behind a prompt: what was asked for, or all there is.
    package func replyRoom(_ asked: Int?, promptTokens: Int) -> Int {
        asked ?? max(1, contextLength - promptTokens)
    }

    /// Starts to generate replies. Each depends on its own job only.
    package func start(_ jobs: [ReplyJob], sessionID: UInt64? = nil) throws(ServingError) -> ReplyGroup {
        try start(count: jobs.count, sessionID: sessionID) { () throws(PipelineError) in
            var streams: [AsyncThrowingStream<Response, any Error>] = []
            for job in jobs { streams.append(try pipeline.stream(.tokens(job.prompt), job.config)) }
            return streams
        }
    }

    /// Starts to generate replies whose streams `makeStreams` makes once there is room for them.
    func start(
        count: Int, sessionID: UInt64?,
        _ makeStreams: () throws(PipelineError) -> [AsyncThrowingStream<Response, any Error>]
    ) throws(ServingError) -> ReplyGroup {
        let handle: ReplyHandle
        do {
            handle = try running.admit(count, sessionID: sessionID)
        } catch {
            metrics.countFailure()
            throw error
        }
        do {
            let streams = try makeStreams()
            return ReplyGroup(
                streams, handle: handle, running: running, metrics: metrics, timeout: settings.requestTimeout)
        } catch {
            running.release(handle)
            metrics.countFailure()
            throw ServingError(error)
        }
    }
}

extension InferenceService {
    /// Does something that takes places in the engine's queue without a reply.
    func admitted<Value: Sendable>(
        _ count: Int, _ body: (InferenceService) async throws -> Value
    ) async throws(ServingError) -> Value {
        let handle = try running.admit(count, sessionID: nil)
        defer { running.release(handle) }
        do {
            return try await body(self)
        } catch {
            throw ServingError(error)
        }
    }
}
