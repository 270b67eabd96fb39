internal import Evaluation

/// A divergence and what it was measured on.
struct DivergenceReport: Encodable {
    let reference: EvaluatedModel
    let candidate: EvaluatedModel
    let text: String
    let textTokens: Int
    let maxLength: Int
    let stride: Int
    let result: DivergenceResult
    let seconds: Double

    init(
        reference: EvaluatedModel, candidate: EvaluatedModel, text: String, windows: StridedWindows,
        result: DivergenceResult, seconds: Double
    ) {
        self.reference = reference
        self.candidate = candidate
        self.text = text
        textTokens = windows.tokenCount
        maxLength = windows.maxLength
        stride = windows.stride
        self.result = result
        self.seconds = seconds
    }

    var table: String {
        func perplexity(_ result: PerplexityResult) -> String {
            FactLines.number(result.perplexity, standardError: result.standardError, decimals: 4)
        }
        let change = 100 * (result.candidate.perplexity / result.reference.perplexity - 1)
        let sign = change < 0 ? "" : "+"
        return FactLines.text([
            ("reference", reference.text),
            ("candidate", candidate.text),
            ("text", "\(text), \(textTokens) tokens in windows of \(maxLength), stride \(stride)"),
            ("perplexity of the reference", perplexity(result.reference)),
            (
                "perplexity of the candidate",
                "\(perplexity(result.candidate)) (\(sign)\(change.fixed(2)) %)"
            ),
            (
                "KL divergence, mean",
                FactLines.number(result.mean, standardError: result.standardErrorOfMean, decimals: 6)
            ),
            ("KL divergence, median", result.median.fixed(6)),
            ("KL divergence, 99th percentile", result.percentile99.fixed(6)),
            ("KL divergence, largest", result.maximum.fixed(6)),
            ("same most likely token", "\((100 * result.top1Agreement).fixed(2)) %"),
            ("positions", "\(result.positions)"),
            ("time", "\(seconds.fixed(1)) s"),
        ])
    }
}
