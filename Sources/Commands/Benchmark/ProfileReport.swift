/// Measured rows as CSV and as a table.
package enum ProfileReport {
    /// LMDeploy's columns, then what it does not measure.
    package static let csvHeader = [
        "batch", "prompt_tokens", "completion_tokens", "throughput(out tok/s)", "mem(GB)", "FTL(ave)(s)",
        "FTL(min)(s)", "FTL(max)(s)", "50%(s)", "75%(s)", "95%(s)", "99%(s)", "prefill_tokens_per_second",
        "decode_tokens_per_second", "decode_gigabytes_per_second", "decode_share_of_memory_read",
        "prefill_gops", "prefill_share_of_dot_products",
    ]

    /// The rows as a CSV file; a value that was not measured is empty.
    package static func csv(_ rows: [ProfileRow]) -> String {
        ([csvHeader] + rows.map(csvCells)).map { $0.joined(separator: ",") + "\n" }.joined()
    }

    private static func csvCells(_ row: ProfileRow) -> [String] {
        let latencies = [
            row.tokenLatencyP50Seconds, row.tokenLatencyP75Seconds, row.tokenLatencyP95Seconds,
            row.tokenLatencyP99Seconds,
        ]
        return [
            "\(row.batch)", "\(row.promptTokens)", "\(row.completionTokens)",
            row.outputTokensPerSecond.fixed(2), row.memoryGigabytes.fixed(2),
            row.firstTokenLatencyMeanSeconds.fixed(4), row.firstTokenLatencyMinSeconds.fixed(4),
            row.firstTokenLatencyMaxSeconds.fixed(4),
        ] + latencies.map { $0?.fixed(4) ?? "" } + [
            row.prefillTokensPerSecond.fixed(2), row.decodeTokensPerSecond?.fixed(2) ?? "",
            row.decodeGigabytesPerSecond?.fixed(2) ?? "", row.decodeShareOfCeiling?.fixed(3) ?? "",
            row.prefillGops?.fixed(1) ?? "", row.prefillShareOfCeiling?.fixed(3) ?? "",
        ]
    }

    /// The table's columns, wide enough for what usually stands in them.
    package static let table = TextTable(
        header: [
            "batch", "prompt", "completion", "out tok/s", "prefill tok/s", "decode tok/s", "first token s",
            "p50 ms", "p99 ms", "mem GB", "decode GB/s", "prefill GOPS",
        ],
        leastWidths: [5, 6, 10, 9, 13, 12, 13, 7, 7, 6, 17, 18])

    /// One row of the table, such as with `31.9 (83 %)` for a rate and its share of the ceiling.
    package static func tableLine(_ row: ProfileRow) -> String {
        func rate(_ value: Double?, _ share: Double?, _ decimals: Int) -> String {
            guard let value, let share else { return "-" }
            return "\(value.fixed(decimals)) (\((100 * share).fixed(0)) %)"
        }
        return table.line([
            "\(row.batch)", "\(row.promptTokens)", "\(row.completionTokens)",
            row.outputTokensPerSecond.fixed(1), row.prefillTokensPerSecond.fixed(1),
            row.decodeTokensPerSecond?.fixed(1) ?? "-", row.firstTokenLatencyMeanSeconds.fixed(3),
            row.tokenLatencyP50Seconds.map { ($0 * 1000).fixed(2) } ?? "-",
            row.tokenLatencyP99Seconds.map { ($0 * 1000).fixed(2) } ?? "-", row.memoryGigabytes.fixed(2),
            rate(row.decodeGigabytesPerSecond, row.decodeShareOfCeiling, 1),
            rate(row.prefillGops, row.prefillShareOfCeiling, 0),
        ])
    }
}
