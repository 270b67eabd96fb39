package import ArgumentParser
package import LMDeploy

/// How replies are generated.
///
/// A chat samples; `--temperature 0` always takes the most likely token.
package struct SamplingOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Most tokens of a reply.", valueName: "tokens"))
    package var maxNewTokens = 4096

    @Option(help: ArgumentHelp("Divides the logits, 0 to 2; 0 takes the most likely token."))
    package var temperature: Float = 0.8

    @Option(
        help: ArgumentHelp("Keeps the smallest set of tokens whose probabilities reach this sum, 0 to 1."))
    package var topP: Float = 1

    @Option(
        help: ArgumentHelp("Keeps this many of the most likely tokens; 0 keeps all.", valueName: "tokens"))
    package var topK = 50

    @Option(help: ArgumentHelp("Drops tokens less likely than this share of the most likely one, 0 to 1."))
    package var minP: Float = 0

    @Option(help: ArgumentHelp("Makes tokens that are already there less likely; 1 changes nothing."))
    package var repetitionPenalty: Float = 1

    @Option(
        name: [.customLong("seed"), .customLong("random-seed")],
        help: ArgumentHelp("The same seed and conversation give the same reply. (default: drawn anew)"))
    package var seed: UInt64?

    package init() {}

    package func validate() throws {
        do {
            try generationConfig.validate()
        } catch {
            guard case .invalidParameter(let field, let found, let expected) = error else { throw error }
            let name = "--" + String(field.map { $0 == "_" ? "-" : $0 })
            throw ToolError.option(name: name, found: found, expected: expected)
        }
    }

    /// The generation parameters these options stand for.
    package var generationConfig: GenerationConfig {
        GenerationConfig(
            maxNewTokens: maxNewTokens, doSample: true, topP: topP, topK: topK, minP: minP,
            temperature: temperature, repetitionPenalty: repetitionPenalty, randomSeed: seed)
    }
}
