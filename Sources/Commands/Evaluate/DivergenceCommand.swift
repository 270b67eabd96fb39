package import ArgumentParser
internal import Checkpoints
internal import Evaluation
internal import LMDeploy

/// `lmdeploy eval kl`: how far a model's predictions are from a reference's.
package struct DivergenceCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "kl",
        abstract: "Measure the KL divergence of a model from a reference.",
        discussion: """
            Both models read the text in the same windows, as `eval perplexity` does, and their predictions are \
            compared token by token: KL(reference || candidate) in nats, and how often both find the same token \
            most likely. The candidate is another form of the model (a quantised folder, a GGUF file), or without \
            CANDIDATE the reference itself with another --dtype or --quant-policy; both options are the candidate's.
            """)

    @Argument(
        help: ArgumentHelp(
            "A GGUF file, a Hugging Face folder, a model on a hub (ORG/NAME), or the name of a cached model.",
            valueName: "reference"))
    package var reference: String

    @Argument(help: ArgumentHelp("The same for the model that is compared with it.", valueName: "candidate"))
    package var candidate: String?

    @Option(
        help: ArgumentHelp("Format the reference's weights are held and computed in.", valueName: "type"))
    package var referenceDtype = "auto"

    @Option(help: ArgumentHelp("KV cache quantisation of the reference: 0, 8 or 4.", valueName: "bits"))
    package var referenceQuantPolicy: Int?

    @Option(
        help: ArgumentHelp("The format the candidate must have: \(ModelFormat.names).", valueName: "format"))
    package var modelFormat: String?

    @Option(
        help: ArgumentHelp("The format the reference must have: \(ModelFormat.names).", valueName: "format"))
    package var referenceModelFormat: String?

    @OptionGroup package var hub: HubOptions

    @OptionGroup(title: "Text") package var windows: WindowOptions

    @OptionGroup(title: "Measurement") package var options: EvaluationOptions

    package init() {}

    package func validate() throws {
        try EvaluationOptions.check(quantPolicy: referenceQuantPolicy, option: "--reference-quant-policy")
        for (name, format) in [
            ("--model-format", modelFormat), ("--reference-model-format", referenceModelFormat),
        ] {
            guard let format, ModelFormat(rawValue: format) == nil else { continue }
            throw ToolError.option(
                name: name, found: "'\(format)'",
                expected: "\(ModelFormat.names), the formats this version reads")
        }
        if candidate == nil, referenceConfig == options.engineConfig {
            throw ToolError.conflict(
                "the candidate is the reference itself: name another model, or give --dtype or --quant-policy"
            )
        }
    }

    package func run() throws {
        let bytes = try InputFile.read(windows.text)
        let bench = try EvaluationBench(options.engineConfig)
        let own = try bench.load(
            reference, hub: hub, format: referenceModelFormat, config: referenceConfig)
        let other = try loadCandidate(bench, reference: own)
        let text = windows.read(bytes, with: own.tokenizer)
        try Self.check(windows.read(bytes, with: other.tokenizer), equals: text)
        let limit = min(own.configuration.maximumPositions, other.configuration.maximumPositions)
        let cut = try windows.windows(of: text, limit: limit)
        let evaluator = try DivergenceEvaluator(
            reference: bench.reader(own, maxTokens: cut.maxLength),
            candidate: bench.reader(other, maxTokens: cut.maxLength))
        let (result, seconds) = try bench.timed(unit: "tokens") { progress in
            try evaluator.evaluate(text, windows: cut, progress: progress)
        }
        let report = DivergenceReport(
            reference: EvaluatedModel(own), candidate: EvaluatedModel(other), text: windows.text,
            windows: cut, result: result, seconds: seconds)
        try StandardStream.write(report.table)
        if let json = options.json { try OutputFile.write(try JSONText.encode(report), to: json) }
    }

    private var referenceConfig: TurbomindEngineConfig {
        TurbomindEngineConfig(
            dtype: referenceDtype, quantPolicy: referenceQuantPolicy, threads: options.threads)
    }

    /// Weights that are the reference's are there once.
    private func loadCandidate(
        _ bench: EvaluationBench, reference own: LoadedWeights
    ) throws -> LoadedWeights {
        let isSame = candidate == nil || candidate == reference
        if isSame, options.dtype == referenceDtype {
            if let modelFormat, let other = referenceModelFormat, modelFormat != other {
                throw ToolError.conflict(
                    "the candidate is the reference, and has one format: --model-format and "
                        + "--reference-model-format differ")
            }
            return try own.withCache(of: options.engineConfig)
        }
        return try bench.load(
            candidate ?? reference, hub: hub, format: modelFormat, config: options.engineConfig)
    }

    private static func check(_ text: EvaluationText, equals reference: EvaluationText) throws(ToolError) {
        guard text.tokens != reference.tokens else { return }
        let same = zip(text.tokens, reference.tokens).prefix { $0 == $1 }.count
        throw .measurement(
            "the candidate's tokenizer gives other tokens than the reference's, from token \(same) on: compare two "
                + "forms of one model, with the same tokenizer")
    }
}
