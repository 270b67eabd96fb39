internal import CoreMetrics
internal import LMDeploy
internal import TurboMind

/// What the service measures, under LMDeploy's names.
package final class ServingMetrics: Sendable {
    package let registry: PrometheusRegistry
    private let dimensions: [(String, String)]
    private let promptTokens: Counter
    private let generationTokens: Counter
    private let cachedTokens: Counter
    private let succeeded: Counter
    private let failed: Counter
    private let finished: [FinishReason: Counter]
    private let histograms: [Histogram: Recorder]
    private let gauges: [Gauge: Meter]

    /// What is counted of each reply.
    private enum Histogram: String, CaseIterable {
        case promptTokens = "request_prompt_tokens"
        case generationTokens = "request_generation_tokens"
        case cachedTokens = "request_cached_tokens"
        case cacheHitRatio = "request_cache_hit_ratio"
        case timeToFirstToken = "time_to_first_token_seconds"
        case timePerToken = "time_per_output_token_seconds"
        case requestLatency = "e2e_request_latency_seconds"
        case decodeTime = "request_decode_time_seconds"

        var help: String {
            switch self {
            case .promptTokens: "Tokens of a prompt."
            case .generationTokens: "Tokens of a reply."
            case .cachedTokens: "Tokens of a prompt that were in the KV cache."
            case .cacheHitRatio: "Share of a prompt's tokens that were in the KV cache."
            case .timeToFirstToken: "Seconds from a request to the first text of its reply."
            case .timePerToken: "Mean seconds of a token behind the first text of a reply."
            case .requestLatency: "Seconds from a request to the end of its reply."
            case .decodeTime: "Seconds from the first text of a reply to its end."
            }
        }

        var buckets: [Double] {
            switch self {
            case .promptTokens, .generationTokens, .cachedTokens:
                [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000, 100_000]
            case .cacheHitRatio: [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]
            case .timePerToken: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]
            case .timeToFirstToken:
                [0.001, 0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.5, 5, 10, 20, 40, 80]
            case .requestLatency, .decodeTime:
                [0.01, 0.05, 0.1, 0.3, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160, 320, 640]
            }
        }
    }

    /// What the engine is doing when somebody asks.
    private enum Gauge: String, CaseIterable {
        case running = "num_requests_running"
        case waiting = "num_requests_waiting"
        case routed = "num_api_requests_routed"
        case apiWaiting = "num_api_requests_waiting"
        case cacheUsage = "gpu_cache_usage_perc"
        case cacheHitRate = "prefix_cache_hit_rate"
        case acceptRate = "spec_decode_mean_accept_rate"

        var help: String {
            switch self {
            case .running: "Requests in the batch."
            case .waiting: "Requests that wait for a place in the batch."
            case .routed: "Requests that were handed to the engine and are not answered yet."
            case .apiWaiting: "Requests that the engine has not put into the batch yet."
            case .cacheUsage: "Share of the KV cache's blocks that replies use, 0 to 1."
            case .cacheHitRate: "Share of all prompts' tokens that were in the KV cache."
            case .acceptRate: "Share of the guessed tokens that were right."
            }
        }
    }

    private static let prefix = "lmdeploy:"

    package init(modelName: String) {
        let dimensions = [("model_name", modelName), ("engine", "0")]
        var descriptions: [String: PrometheusRegistry.Description] = [
            Self.prefix + "prompt_tokens_total": .init(help: "Tokens of all prompts."),
            Self.prefix + "generation_tokens_total": .init(help: "Tokens of all replies."),
            Self.prefix + "cached_tokens_total": .init(help: "Tokens of prompts that were in the KV cache."),
            Self.prefix + "num_requests_succeeded": .init(help: "Replies that ended in order."),
            Self.prefix + "num_requests_failed": .init(help: "Requests that were refused or failed."),
            Self.prefix + "request_success_total": .init(help: "Replies by why they ended."),
        ]
        for histogram in Histogram.allCases {
            descriptions[Self.prefix + histogram.rawValue] = .init(
                help: histogram.help, buckets: histogram.buckets)
        }
        for gauge in Gauge.allCases { descriptions[Self.prefix + gauge.rawValue] = .init(help: gauge.help) }
        let registry = PrometheusRegistry(descriptions: descriptions)
        func counter(_ name: String, _ more: [(String, String)] = []) -> Counter {
            Counter(label: Self.prefix + name, dimensions: dimensions + more, factory: registry)
        }
        self.registry = registry
        self.dimensions = dimensions
        promptTokens = counter("prompt_tokens_total")
        generationTokens = counter("generation_tokens_total")
        cachedTokens = counter("cached_tokens_total")
        succeeded = counter("num_requests_succeeded")
        failed = counter("num_requests_failed")
        finished = Dictionary(
            uniqueKeysWithValues: [FinishReason.stop, .length, .abort].map { reason in
                (reason, counter("request_success_total", [("finished_reason", reason.rawValue)]))
            })
        histograms = Dictionary(
            uniqueKeysWithValues: Histogram.allCases.map { histogram in
                let label = Self.prefix + histogram.rawValue
                return (histogram, Recorder(label: label, dimensions: dimensions, factory: registry))
            })
        gauges = Dictionary(
            uniqueKeysWithValues: Gauge.allCases.map { gauge in
                (gauge, Meter(label: Self.prefix + gauge.rawValue, dimensions: dimensions, factory: registry))
            })
    }

    /// Counts a reply that has ended.
    func count(_ last: Response, _ clock: ReplyClock) {
        promptTokens.increment(by: last.inputTokenLength)
        generationTokens.increment(by: last.generateTokenLength)
        cachedTokens.increment(by: last.cachedTokens)
        if let reason = last.finishReason {
            finished[reason]?.increment()
            if reason != .abort { succeeded.increment() }
        }
        record(.promptTokens, Double(last.inputTokenLength))
        record(.generationTokens, Double(last.generateTokenLength))
        record(.cachedTokens, Double(last.cachedTokens))
        record(.cacheHitRatio, Double(last.cachedTokens) / Double(max(1, last.inputTokenLength)))
        record(.timeToFirstToken, clock.secondsToFirstToken)
        record(.requestLatency, clock.secondsInAll)
        record(.decodeTime, clock.secondsOfDecoding)
        if let seconds = clock.secondsPerToken { record(.timePerToken, seconds) }
    }

    /// Counts a request that gets no reply.
    func countFailure() { failed.increment() }

    /// All metrics in Prometheus' text format.
    package func text(of service: InferenceService) -> String {
        let statistics = service.pipeline.engine.statistics
        let totals = statistics.totals
        func share(_ part: Int, _ whole: Int) -> Double { whole > 0 ? Double(part) / Double(whole) : 0 }
        set(.running, Double(statistics.running))
        set(.waiting, Double(statistics.waiting))
        set(.routed, Double(service.running.count))
        set(.apiWaiting, Double(max(0, service.running.count - statistics.running)))
        set(.cacheUsage, share(statistics.activeBlocks, statistics.totalBlocks))
        set(.cacheHitRate, share(totals.cachedTokens, totals.promptTokens))
        set(.acceptRate, share(totals.acceptedDraftTokens, totals.draftTokens))
        return registry.text
    }

    private func record(_ histogram: Histogram, _ value: Double) { histograms[histogram]?.record(value) }

    private func set(_ gauge: Gauge, _ value: Double) { gauges[gauge]?.set(value) }
}
