/// Memory measurements as a table and as CSV.
package enum MemoryReport {
    /// The table's columns, wide enough for what usually stands in them.
    package static let table = TextTable(
        header: [
            "batch", "session", "kv", "weights", "kv cache", "scratch", "other", "plan MiB", "peak MiB",
            "anon MiB", "peak/plan", "within 5 %",
        ],
        leastWidths: [5, 7, 4, 7, 8, 7, 6, 8, 8, 8, 9, 10])

    /// One line of the table, all sizes in MiB, or a line with the reason why there is nothing to show.
    package static func tableLine(_ result: MemoryResult) -> String {
        let first = [
            "\(result.configuration.batch)", "\(result.configuration.sessionLength)",
            format(result.configuration.quantPolicy),
        ]
        guard let measurement = result.measurement else {
            return table.line(first) + "  error: \(result.problem ?? "not measured")"
        }
        let sizes = [
            measurement.weightBytes, measurement.kvCacheBytes, measurement.scratchBytes,
            measurement.otherBytes, measurement.plannedBytes, measurement.peakResidentBytes,
        ]
        return table.line(
            first + sizes.map(mebibytes) + [
                measurement.anonymousBytes.map(mebibytes) ?? "-", measurement.ratio.fixed(3),
                measurement.isWithinPlan ? "yes" : "NO",
            ])
    }

    package static let csvHeader = [
        "batch", "session_len", "quant_policy", "kv_bytes_per_token", "weight_bytes", "kv_cache_bytes",
        "scratch_bytes", "other_bytes", "planned_bytes", "peak_resident_bytes", "anonymous_bytes",
        "peak_over_plan",
    ]

    /// The results as a CSV file; what was not measured is empty.
    package static func csv(_ results: [MemoryResult]) -> String {
        ([csvHeader] + results.map(csvCells)).map { $0.joined(separator: ",") + "\n" }.joined()
    }

    private static func csvCells(_ result: MemoryResult) -> [String] {
        let measurement = result.measurement
        let sizes = [
            measurement?.kvBytesPerToken, measurement?.weightBytes, measurement?.kvCacheBytes,
            measurement?.scratchBytes, measurement?.otherBytes, measurement?.plannedBytes,
            measurement?.peakResidentBytes, measurement?.anonymousBytes,
        ]
        return [
            "\(result.configuration.batch)", "\(result.configuration.sessionLength)",
            "\(result.configuration.quantPolicy)",
        ] + sizes.map { $0.map(String.init) ?? "" } + [measurement?.ratio.fixed(4) ?? ""]
    }

    /// What a quant_policy stores.
    private static func format(_ quantPolicy: Int) -> String {
        quantPolicy == 0 ? "16" : "int\(quantPolicy)"
    }

    private static func mebibytes(_ bytes: Int) -> String { (Double(bytes) / 1_048_576).fixed(1) }
}
