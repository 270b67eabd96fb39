extension QualityReport {
    /// The report for a terminal: facts, what was measured, and the worst layers.
    package var text: String {
        var blocks = [facts]
        if !measurements.isEmpty {
            var lines = TextColumns.lines(header: Self.measurementHeader, rows: measurements.map(Self.cells))
            if let measuredOn { lines.append("measured on \(measuredOn)") }
            blocks.append(lines)
        }
        if !linears.isEmpty {
            let rows = worstLinears.map { linear in
                [
                    linear.name, ReportNumber.short(linear.relativeError), ReportNumber.optional(linear.loss),
                ]
            }
            blocks.append(TextColumns.lines(header: ["worst layers", "relative error", "loss"], rows: rows))
        }
        if !notes.isEmpty { blocks.append(notes) }
        return blocks.map { $0.map { TextColumns.printable($0) + "\n" }.joined() }.joined(separator: "\n")
    }

    // MARK: - Internals

    static let measurementHeader = [
        "model", "perplexity", "KL mean", "median", "99 %", "largest", "same top token",
    ]

    static func cells(_ measurement: Measurement) -> [String] {
        let divergence = measurement.divergence
        var perplexity = ReportNumber.optional(measurement.perplexity) { ReportNumber.fixed($0, 3) }
        if let error = measurement.standardError { perplexity += " ± " + ReportNumber.fixed(error, 3) }
        return [
            measurement.name, perplexity, ReportNumber.optional(divergence?.mean),
            ReportNumber.optional(divergence?.median), ReportNumber.optional(divergence?.percentile99),
            ReportNumber.optional(divergence?.maximum),
            ReportNumber.optional(divergence?.top1Agreement, ReportNumber.percent),
        ]
    }

    /// Names and values at the head of a report.
    var factRows: [(name: String, value: String)] {
        var rows = [
            ("model", model), ("method", method),
            ("weights", "\(formatText), \(ReportNumber.fixed(bitsPerWeight, 2)) bits per weight in all"),
            ("size", sizeText),
        ]
        rows += settings.map { ($0.name, $0.value) }
        if let calibration {
            rows.append(
                (
                    "calibration",
                    "\(calibration.source), \(calibration.samples) samples, \(calibration.tokens) tokens"
                ))
        }
        if !timings.isEmpty {
            let parts = timings.map { "\($0.name) \(ReportNumber.duration($0.seconds))" }
            rows.append(
                ("time", "\(ReportNumber.duration(secondsInAll)): " + parts.joined(separator: ", ")))
        }
        return rows
    }

    var sizeText: String {
        let sizes = "\(ReportNumber.bytes(bytesBefore)) -> \(ReportNumber.bytes(bytesAfter))"
        return sizePercent.map { "\(sizes) (\(ReportNumber.fixed($0, 1)) %)" } ?? sizes
    }

    private var facts: [String] {
        let rows = factRows
        let width = rows.map(\.name.count).max() ?? 0
        return rows.map { TextColumns.padded($0.name, to: width) + "  " + $0.value }
    }
}
