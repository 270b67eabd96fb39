/// Throughput measurements as text and as CSV.
package enum ThroughputReport {
    /// One measurement, for people.
    package static func text(_ summary: ThroughputSummary) -> String {
        let cancelled = summary.requests - summary.completed
        var lines = [
            "\(summary.requests) requests in \(summary.durationSeconds.fixed(2)) s, "
                + "\(summary.concurrency) at a time" + (cancelled > 0 ? ", \(cancelled) cancelled" : "")
        ]
        lines += TextTable.lines(
            header: ["", "tokens", "tokens/s"],
            rows: [
                ["input", "\(summary.totalInputTokens)", summary.inputTokensPerSecond.fixed(1)],
                ["output", "\(summary.totalOutputTokens)", summary.outputTokensPerSecond.fixed(1)],
            ])
        lines.append("requests/s  \(summary.requestsPerSecond.fixed(3))")
        lines += TextTable.lines(
            header: ["latency (ms)", "mean", "P50", "P75", "P95", "P99"],
            rows: [
                row("end to end", summary.endToEndSeconds),
                row("first token (TTFT)", summary.firstTokenSeconds),
                row("per output token (TPOT)", summary.perOutputTokenSeconds),
                row("between tokens (ITL)", summary.betweenTokensSeconds),
            ])
        lines += [fairnessLine(summary.fairness), engineLine(summary.engine)]
        return lines.joined(separator: "\n") + "\n"
    }

    /// Rates of all measurements against the first one.
    package static func scaling(_ summaries: [ThroughputSummary]) -> String {
        guard let first = summaries.first else { return "" }
        let rows = summaries.map { summary in
            [
                "\(summary.concurrency)", summary.outputTokensPerSecond.fixed(1),
                times(summary.outputTokensPerSecond, first.outputTokensPerSecond),
                summary.requestsPerSecond.fixed(3),
                times(summary.requestsPerSecond, first.requestsPerSecond),
            ]
        }
        let against = "against \(first.concurrency)"
        return TextTable.lines(
            header: ["concurrency", "out tok/s", against, "requests/s", against], rows: rows
        ).joined(separator: "\n") + "\n"
    }

    // MARK: - Internals

    private static func row(_ name: String, _ latency: LatencySummary?) -> [String] {
        [name] + (latency?.all.map { ($0 * 1000).fixed(2) } ?? Array(repeating: "-", count: 5))
    }

    private static func times(_ value: Double, _ base: Double) -> String { (value / base).fixed(2) }

    private static func fairnessLine(_ fairness: FairnessSummary?) -> String {
        guard let fairness else { return "fairness  no reply is long enough to tell" }
        return "fairness  worst gap \((fairness.worstGapSeconds * 1000).fixed(1)) ms, "
            + "median gap \((fairness.medianGapSeconds * 1000).fixed(1)) ms; worst over median of a reply: "
            + "\(fairness.worstRatio.fixed(1)) at most, \(fairness.typicalRatio.fixed(1)) typically"
    }

    private static func engineLine(_ engine: EngineWork) -> String {
        let share = engine.promptTokens > 0 ? Double(engine.cachedTokens) / Double(engine.promptTokens) : 0
        return "engine    \(engine.steps) steps, \(engine.preemptions) preemptions, "
            + "prefix cache had \(engine.cachedTokens) of \(engine.promptTokens) prompt tokens "
            + "(\((100 * share).fixed(1)) %), \(engine.blocksInUse) blocks in use at the end"
    }
}
