internal import JSON
package import LMDeploy

/// Fields that say how tokens are chosen, and what they become.
package enum SamplingFields {
    /// Defaults that LMDeploy's server has had from the start, where they differ from endpoint to endpoint.
    package struct Defaults: Sendable {
        package var temperature: Float
        package var topP: Float
        package var topK: Int

        package init(temperature: Float = 0.7, topP: Float = 1, topK: Int = 40) {
            self.temperature = temperature
            self.topP = topP
            self.topK = topK
        }
    }

    /// - Parameter names: fields to have; all of them by default.
    package static func fields(_ defaults: Defaults = Defaults(), only names: Set<String>? = nil)
        -> [RequestField]
    {
        let usualStop = FieldKind.oneOf([.off, .string, .array(of: .string, count: 0...64)])
        let fields: [RequestField] = [
            .init(
                "temperature", .number(0...2), usual: "\(defaults.temperature)",
                "Divides the logits; 0 takes the most likely token."),
            .init(
                "top_p", .number(0...1), usual: "\(defaults.topP)",
                "Keeps the most likely tokens whose probabilities reach this sum."),
            .init(
                "top_k", .integer(0...Int(Int32.max)), usual: "\(defaults.topK)",
                "Keeps this many of the most likely tokens; 0 keeps all."),
            .init(
                "min_p", .number(0...1), usual: "0",
                "Drops tokens less likely than this share of the most likely one."),
            .init(
                "repetition_penalty", .number(0.001...1000), usual: "1",
                "Makes tokens that are already there less likely; 1 changes nothing."),
            .init(
                "presence_penalty", .number(-2...2), usual: "0",
                "Subtracted from the logits of tokens that the reply has already."),
            .init(
                "frequency_penalty", .number(-2...2), usual: "0",
                "Subtracted from the logits of tokens for each time the reply has them."),
            .init(
                "logit_bias", .map(.number(-100...100)),
                "Added to the logits of tokens, which are named by their ids."),
            .init(
                "seed", .integer(Int.min...Int.max),
                "The same seed and request give the same reply; drawn anew when absent."),
            .init("stop", usualStop, "Texts that end the reply, which has none of them."),
            .init(
                "stop_token_ids", .array(of: .token, count: 0...64), usual: "[]", "Tokens that end the reply."
            ),
            .init("bad_words", .array(of: .string, count: 0...64), usual: "[]", "Texts that never come."),
            .init("ignore_eos", .boolean, usual: "false", "Goes on after the end-of-sequence token."),
            .init(
                "min_new_tokens", .integer(0...Int(Int32.max)), usual: "0",
                "The reply does not end before it has this many tokens."),
            .init(
                "min_tokens", .integer(0...Int(Int32.max)), "The same as min_new_tokens."),
            .init(
                "skip_special_tokens", .boolean, usual: "true", "Leaves special tokens out of the text."),
            .init(
                "include_stop_str_in_output", .boolean, usual: "false",
                "Leaves the text that ended the reply in it."),
            .unavailable(
                "spaces_between_special_tokens", unless: ["true"],
                "special tokens are written as they are, with nothing between them"),
            .unavailable("repetition_ngram_size", unless: ["0"], "repeated n-grams are not looked for"),
            .unavailable("repetition_ngram_threshold", unless: ["0"], "repeated n-grams are not looked for"),
        ]
        guard let names else { return fields }
        return fields.filter { names.contains($0.name) }
    }

    /// What the fields of a request ask for.
    /// - Parameters:
    ///   - vocabulary: tokens below this exist.
    ///   - maxNewTokens: most tokens of the reply.
    package static func config(
        _ body: RequestBody, _ defaults: Defaults = Defaults(), maxNewTokens: Int, vocabulary: Int
    ) throws(ServingError) -> GenerationConfig {
        let stopTokenIDs = body.tokens("stop_token_ids") ?? []
        if let token = stopTokenIDs.first(where: { Int($0) >= vocabulary }) {
            throw .field(
                "stop_token_ids", found: "\(token)", expected: "tokens of the vocabulary, 0..<\(vocabulary)")
        }
        let config = GenerationConfig(
            maxNewTokens: maxNewTokens, doSample: true, topP: body.float("top_p") ?? defaults.topP,
            topK: body.integer("top_k") ?? defaults.topK, minP: body.float("min_p") ?? 0,
            temperature: body.float("temperature") ?? defaults.temperature,
            repetitionPenalty: body.float("repetition_penalty") ?? 1,
            presencePenalty: body.float("presence_penalty") ?? 0,
            frequencyPenalty: body.float("frequency_penalty") ?? 0,
            logitBias: try logitBias(body, vocabulary: vocabulary), badWords: body.strings("bad_words"),
            ignoreEOS: body.boolean("ignore_eos") ?? false,
            randomSeed: body.integer("seed").map { UInt64(bitPattern: Int64($0)) },
            stopWords: body.strings("stop"), stopTokenIDs: stopTokenIDs,
            minNewTokens: body.integer("min_new_tokens") ?? body.integer("min_tokens") ?? 0,
            skipSpecialTokens: body.boolean("skip_special_tokens") ?? true,
            includeStopStringInOutput: body.boolean("include_stop_str_in_output") ?? false)
        do {
            try config.validate()
        } catch {
            throw ServingError(error)
        }
        return config
    }

    private static func logitBias(
        _ body: RequestBody, vocabulary: Int
    ) throws(ServingError) -> [Int32: Float] {
        guard let members = body["logit_bias"]?.members else { return [:] }
        var biases: [Int32: Float] = [:]
        for member in members {
            let name = member.key.string
            guard let token = Int32(name), token >= 0, Int(token) < vocabulary else {
                throw .field(
                    "logit_bias", found: "about token '\(name.prefix(40))'",
                    expected: "ids of the vocabulary, 0..<\(vocabulary), as names")
            }
            biases[token] = member.value.double.map { Float($0) } ?? 0
        }
        return biases
    }
}
