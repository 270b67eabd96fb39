internal import Quantization

/// What a run of `lite` says at its end.
struct LiteReport {
    private let summary: QuantizationSummary
    private let folder: String

    init(_ summary: QuantizationSummary, folder: String) {
        self.summary = summary
        self.folder = folder
    }

    /// Linear layers in the list of the worst.
    private static let worst = 5

    var text: String {
        var lines = [
            "wrote \(folder): \(summary.bytesBefore.byteText) became \(summary.bytesAfter.byteText), "
                + "\(summary.bitsPerWeight.fixed(2)) bits per quantised weight",
            "",
        ]
        let worst = summary.linears.sorted { $0.relativeError > $1.relativeError }.prefix(Self.worst)
        lines += TextTable.lines(
            header: ["largest errors", "of the output"],
            rows: worst.map { [$0.name, "\((100 * $0.relativeError).fixed(3)) %"] })
        return lines.joined(separator: "\n") + "\n"
    }
}
