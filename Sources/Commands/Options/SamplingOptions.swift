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
        parsing: .unconditional,
        help: ArgumentHelp("Makes tokens that the reply has already less likely, -2 to 2; 0 changes nothing.")
    )
    package var presencePenalty: Float = 0

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Makes tokens less likely each time the reply has them, -2 to 2; 0 changes nothing."))
    package var frequencyPenalty: Float = 0

    @Option(
        help: ArgumentHelp(
            "Guess tokens ahead: prompt_lookup, from what the conversation holds. Replies stay the same.",
            valueName: "name"))
    package var speculativeAlgorithm: String?

    @Option(help: ArgumentHelp("Most tokens guessed ahead in a step, 1 to 32.", valueName: "tokens"))
    package var speculativeNumDraftTokens: Int?

    /// Drafts when only the algorithm is named.
    private static let usualDraftTokens = 8

    @Option(
        name: [.customLong("seed"), .customLong("random-seed")],
        help: ArgumentHelp("The same seed and conversation give the same reply. (default: drawn anew)"))
    package var seed: UInt64?

    package init() {}

    package func validate() throws {
        if let speculativeAlgorithm, speculativeAlgorithm != "prompt_lookup" {
            throw ToolError.option(
                name: "--speculative-algorithm", found: "'\(speculativeAlgorithm)'",
                expected: "prompt_lookup: algorithms with a second model are not available")
        }
        if let count = speculativeNumDraftTokens, speculativeAlgorithm == nil || !(1...32).contains(count) {
            throw ToolError.option(
                name: "--speculative-num-draft-tokens", found: "\(count)",
                expected: "1...32, together with --speculative-algorithm prompt_lookup")
        }
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
            temperature: temperature, repetitionPenalty: repetitionPenalty,
            presencePenalty: presencePenalty, frequencyPenalty: frequencyPenalty, randomSeed: seed,
            numDraftTokens: speculativeAlgorithm == nil
                ? 0 : speculativeNumDraftTokens ?? Self.usualDraftTokens)
    }
}
