internal import ChatTemplates
internal import Tokenization
internal import TurboMind

// From a prompt and its settings to a stream of pieces.
extension Pipeline {
    func stream(
        _ prompt: Prompt, _ config: GenerationConfig, index: Int
    ) throws(PipelineError) -> AsyncThrowingStream<Response, any Error> {
        try stream(tokens: tokens(of: prompt), config, index: index)
    }

    /// - Parameters:
    ///   - session: how the request goes on with a session of the engine.
    ///   - onEnd: called with the whole text and how it ended, unless it ended in an error.
    func stream(
        tokens: [Int32], _ config: GenerationConfig, index: Int, session: SessionUse? = nil,
        onEnd: (@Sendable (String, FinishReason) throws -> Void)? = nil
    ) throws(PipelineError) -> AsyncThrowingStream<Response, any Error> {
        try config.validate()
        let request = GenerationRequest(
            prompt: tokens, maxNewTokens: config.maxNewTokens, minNewTokens: config.minNewTokens,
            stopTokens: (config.ignoreEOS ? [] : stopTokens) + config.stopTokenIDs,
            sampling: samplingParameters(config), session: session, maxDraftTokens: config.numDraftTokens,
            outputs: RowOutputs(
                logits: config.outputLogits != nil, hiddenStates: config.outputLastHiddenState != nil,
                includesPrompt: config.outputLogits == .all || config.outputLastHiddenState == .all))
        let events: Engine.Events
        do {
            events = try engine.submit(request)
        } catch {
            throw PipelineError(error)
        }
        let stopWords = config.stopWords + (config.ignoreEOS ? [] : chatTemplate.stopWords)
        let reader = ReplyReader(
            events: events,
            assembler: ResponseAssembler(
                tokenizer: tokenizer, skipSpecialTokens: config.skipSpecialTokens, stopWords: stopWords,
                includesStopWord: config.includeStopStringInOutput),
            inputTokenLength: tokens.count, index: index, owner: self, onEnd: onEnd)
        return AsyncThrowingStream { try await reader.next() }
    }

    private func samplingParameters(_ config: GenerationConfig) -> SamplingParameters {
        var parameters: SamplingParameters
        if config.doSample {
            parameters = SamplingParameters(
                temperature: config.temperature, topK: config.topK, topP: config.topP, minP: config.minP,
                seed: config.randomSeed ?? UInt64.random(in: .min ... .max))
        } else {
            parameters = .greedy
        }
        parameters.repetitionPenalty = config.repetitionPenalty
        parameters.presencePenalty = config.presencePenalty
        parameters.frequencyPenalty = config.frequencyPenalty
        parameters.logitBias = config.logitBias.sorted { $0.key < $1.key }.map {
            TokenBias(token: $0.key, bias: $0.value)
        }
        parameters.badWords = config.badTokenIDs.map { [$0] } + config.badWords.flatMap(badWordTokens)
        parameters.logprobs = config.logprobs
        return parameters
    }

    /// A word at the start of a text and a word after a space are different tokens in most vocabularies.
    private func badWordTokens(_ word: String) -> [[Int32]] {
        let spellings = [word, " " + word].map { tokenizer.encode($0, addSpecialTokens: false) }
        return spellings.filter { !$0.isEmpty }
    }
}
