extension ThroughputReport {
    /// How a measurement was made.
    package struct Settings: Sendable, Equatable {
        package var dataset: String
        package var promptCount: Int
        package var isStreamed: Bool
        package var skipsTokenizing: Bool
        package var skipsDetokenizing: Bool

        package init(
            dataset: String, promptCount: Int, isStreamed: Bool, skipsTokenizing: Bool,
            skipsDetokenizing: Bool
        ) {
            self.dataset = dataset
            self.promptCount = promptCount
            self.isStreamed = isStreamed
            self.skipsTokenizing = skipsTokenizing
            self.skipsDetokenizing = skipsDetokenizing
        }
    }

    /// The settings, LMDeploy's columns, then what it does not measure.
    package static let csvHeader =
        [
            "backend", "dataset", "concurrency", "num_prompts", "stream_output", "skip_tokenize",
            "skip_detokenize",
            "completed", "total_input_tokens", "total_output_tokens", "duration", "request_throughput",
            "input_throughput", "output_throughput", "mean_e2e_latency_ms", "mean_ttft_ms", "mean_tpot_ms",
            "mean_itl_ms",
            "p99_e2e_latency_ms", "p99_ttft_ms", "p99_tpot_ms", "p99_itl_ms", "worst_gap_ms",
            "median_gap_ms", "worst_gap_over_median", "preemptions", "cached_tokens", "blocks_in_use",
        ].joined(separator: ",") + "\n"

    /// One line; what was not measured is empty.
    package static func csvLine(_ summary: ThroughputSummary, _ settings: Settings) -> String {
        func milliseconds(_ seconds: Double?) -> String { seconds.map { ($0 * 1000).fixed(3) } ?? "" }
        let latencies = [
            summary.endToEndSeconds, summary.firstTokenSeconds, summary.perOutputTokenSeconds,
            summary.betweenTokensSeconds,
        ]
        let fairness = summary.fairness
        let cells: [String] =
            [
                "turbomind", settings.dataset, "\(summary.concurrency)", "\(settings.promptCount)",
                "\(settings.isStreamed)", "\(settings.skipsTokenizing)", "\(settings.skipsDetokenizing)",
                "\(summary.completed)", "\(summary.totalInputTokens)", "\(summary.totalOutputTokens)",
                summary.durationSeconds.fixed(3), summary.requestsPerSecond.fixed(3),
                summary.inputTokensPerSecond.fixed(3), summary.outputTokensPerSecond.fixed(3),
            ] + latencies.map { milliseconds($0?.mean) } + latencies.map { milliseconds($0?.p99) } + [
                milliseconds(fairness?.worstGapSeconds), milliseconds(fairness?.medianGapSeconds),
                fairness?.worstRatio.fixed(3) ?? "", "\(summary.engine.preemptions)",
                "\(summary.engine.cachedTokens)", "\(summary.engine.blocksInUse)",
            ]
        return cells.joined(separator: ",") + "\n"
    }
}
