/// The cells of `benchmark kernels` as lines.
package enum KernelTable {
    /// An aligned table. The size is rows of linear layers and tokens of attention.
    package static func text(_ rows: [KernelReport.Row]) -> String {
        TextTable.lines(
            header: [
                "operation", "format", "shape", "size", "isa", "threads", "rate", "ceiling", "unit", "ratio",
                "dropped", "limit",
            ],
            rows: rows.map { row in
                let numbers =
                    row.ratio == nil
                    ? ["all", "samples", row.unit, "dropped"]
                    : [row.rate, row.ceiling].map { $0?.fixed(1) ?? "-" }
                        + [row.unit, row.ratio?.fixed(2) ?? "-"]
                return [
                    row.operation, row.format, row.shape, "\(row.size)", row.instructionSet, "\(row.threads)",
                ] + numbers + ["\(row.dropped)", row.ceilingName]
            }
        ).joined(separator: "\n") + "\n"
    }

    package static let csvHeader = [
        "operation", "format", "shape", "size", "instruction_set", "threads", "rate", "ceiling", "unit",
        "ratio", "samples", "dropped", "ceiling_name",
    ]

    package static func csv(_ rows: [KernelReport.Row]) -> String {
        func number(_ value: Double?, _ decimals: Int) -> String { value?.fixed(decimals) ?? "" }
        let lines = rows.map { row in
            [
                row.operation, row.format, row.shape, "\(row.size)", row.instructionSet, "\(row.threads)",
                number(row.rate, 3), number(row.ceiling, 3), row.unit, number(row.ratio, 4), "\(row.samples)",
                "\(row.dropped)", row.ceilingName,
            ].joined(separator: ",")
        }
        return ([csvHeader.joined(separator: ",")] + lines).joined(separator: "\n") + "\n"
    }
}
