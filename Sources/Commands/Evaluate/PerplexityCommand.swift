package import ArgumentParser
internal import Checkpoints
internal import Evaluation
internal import LMDeploy

/// `lmdeploy eval perplexity`: how well a model foresees a text.
package struct PerplexityCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "perplexity",
        abstract: "Measure a model's perplexity on a text.",
        discussion: """
            The definition is that of Hugging Face's strided recipe: windows of --max-length tokens begin every \
            --stride tokens, and each foresees the tokens that no window before it had.
            """)

    @OptionGroup(title: "Model") package var model: ModelOptions

    @OptionGroup(title: "Text") package var windows: WindowOptions

    @OptionGroup(title: "Measurement") package var options: EvaluationOptions

    package init() {}

    package func run() throws {
        let bytes = try InputFile.read(windows.text)
        let bench = try EvaluationBench(options.engineConfig)
        let weights = try bench.load(
            model.model, hub: model.hub, format: model.modelFormat, config: options.engineConfig)
        let text = windows.read(bytes, with: weights.tokenizer)
        let cut = try windows.windows(of: text, limit: weights.configuration.maximumPositions)
        let evaluator = PerplexityEvaluator(try bench.reader(weights, maxTokens: cut.maxLength))
        let (result, seconds) = try bench.timed(unit: "tokens") { progress in
            try evaluator.evaluate(text, windows: cut, progress: progress)
        }
        let report = PerplexityReport(
            model: EvaluatedModel(weights), text: windows.text, windows: cut, result: result,
            seconds: seconds)
        try StandardStream.write(report.table)
        if let json = options.json { try OutputFile.write(try JSONText.encode(report), to: json) }
    }
}

/// A perplexity and what it was measured on.
struct PerplexityReport: Encodable {
    let model: EvaluatedModel
    let text: String
    let textTokens: Int
    let maxLength: Int
    let stride: Int
    let result: PerplexityResult
    let seconds: Double
    /// Tokens that were computed in a second, those that a window shares with the one before it included.
    let computedTokensPerSecond: Double

    init(
        model: EvaluatedModel, text: String, windows: StridedWindows, result: PerplexityResult,
        seconds: Double
    ) {
        self.model = model
        self.text = text
        textTokens = windows.tokenCount
        maxLength = windows.maxLength
        stride = windows.stride
        self.result = result
        self.seconds = seconds
        computedTokensPerSecond = Double(windows.computedTokens) / seconds
    }

    var table: String {
        FactLines.text([
            ("model", model.text),
            ("text", "\(text), \(textTokens) tokens in windows of \(maxLength), stride \(stride)"),
            (
                "perplexity",
                FactLines.number(result.perplexity, standardError: result.standardError, decimals: 4)
            ),
            (
                "mean NLL",
                FactLines.number(
                    result.meanNegativeLogLikelihood, standardError: result.standardErrorOfMean, decimals: 6)
            ),
            ("bits per byte", result.bitsPerByte?.fixed(4) ?? "-"),
            ("foreseen", "\(result.tokens) tokens, \(result.bytes) bytes"),
            ("time", "\(seconds.fixed(1)) s, \(computedTokensPerSecond.fixed(0)) tokens/s"),
        ])
    }
}
