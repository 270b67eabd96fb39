/// The token sequences that a model is shown, and where each one's rows begin.
package struct CalibrationSamples: Sendable, Equatable {
    package let tokens: [[Int32]]
    /// What the text was, for the report.
    package let source: String

    package init(tokens: [[Int32]], source: String) throws(QuantizationError) {
        guard tokens.contains(where: { !$0.isEmpty }) else {
            throw .samples("the calibration text has no tokens: give a longer text with --calib-dataset")
        }
        self.tokens = tokens.filter { !$0.isEmpty }
        self.source = source
    }

    package var rows: Int { tokens.reduce(0) { $0 + $1.count } }
    package var longest: Int { tokens.map(\.count).max() ?? 0 }

    /// Rows of each sample.
    var ranges: [Range<Int>] {
        var start = 0
        return tokens.map { sample in
            defer { start += sample.count }
            return start..<start + sample.count
        }
    }
}
