/// How a reply is generated. Names, defaults and ranges follow LMDeploy's `GenerationConfig`.
public struct GenerationConfig: Sendable, Equatable {
    /// Most tokens to generate, at least 1.
    public var maxNewTokens: Int
    /// Samples when true; otherwise the most likely token is taken, and `topK`, `topP`, `minP` and `temperature`
    /// have no say.
    public var doSample: Bool
    /// Keeps the smallest set of tokens whose probabilities sum to at least this, in 0...1.
    public var topP: Float
    /// Keeps the most likely tokens; 0 keeps all.
    public var topK: Int
    /// Drops tokens less likely than this share of the most likely one, in 0...1.
    public var minP: Float
    /// Divides the logits, in 0...2; 0 takes the most likely token.
    public var temperature: Float
    /// Divides positive and multiplies negative logits of tokens already in the sequence; 1 changes nothing.
    public var repetitionPenalty: Float
    /// Subtracted from the logits of tokens that the reply has already, in -2...2, as OpenAI's API defines it.
    public var presencePenalty: Float
    /// Subtracted from the logits of tokens once for each time the reply has them, in -2...2.
    public var frequencyPenalty: Float
    /// Added to the logits of these tokens, in -100...100.
    public var logitBias: [Int32: Float]
    /// Texts that the reply must not contain, as far as the tokenizer writes them in its usual tokens.
    public var badWords: [String]
    /// Tokens that are never chosen.
    public var badTokenIDs: [Int32]
    /// Goes on after the end-of-sequence token.
    public var ignoreEOS: Bool
    /// The same seed and request give the same reply. `nil` draws a seed.
    public var randomSeed: UInt64?
    /// The reply ends before any of these texts.
    public var stopWords: [String]
    /// The reply ends before any of these tokens.
    public var stopTokenIDs: [Int32]
    /// End-of-sequence and stop tokens cannot be chosen before this many tokens.
    public var minNewTokens: Int
    /// Leaves special tokens out of the text.
    public var skipSpecialTokens: Bool
    /// Leaves a stop word that ended the reply in its text.
    public var includeStopStringInOutput: Bool
    /// Reports how likely each token was, and this many of the most likely tokens, up to 1024; 0 reports nothing.
    public var logprobs: Int
    /// Whose logits ``Response/logits`` has.
    public var outputLogits: RowSelection?
    /// Whose hidden states ``Response/lastHiddenState`` has. When both are given, the larger selection counts for both.
    public var outputLastHiddenState: RowSelection?
    /// Most tokens that are guessed ahead in a step, 0...32, from what the prompt and the reply hold already; 0
    /// guesses none. The reply is the same; where it repeats its prompt, it comes sooner.
    public var numDraftTokens: Int

    /// Creates a configuration with LMDeploy's defaults.
    public init(
        maxNewTokens: Int = 512, doSample: Bool = false, topP: Float = 1, topK: Int = 50, minP: Float = 0,
        temperature: Float = 0.8, repetitionPenalty: Float = 1, presencePenalty: Float = 0,
        frequencyPenalty: Float = 0, logitBias: [Int32: Float] = [:], badWords: [String] = [],
        badTokenIDs: [Int32] = [], ignoreEOS: Bool = false, randomSeed: UInt64? = nil,
        stopWords: [String] = [], stopTokenIDs: [Int32] = [], minNewTokens: Int = 0,
        skipSpecialTokens: Bool = true, includeStopStringInOutput: Bool = false, logprobs: Int = 0,
        outputLogits: RowSelection? = nil, outputLastHiddenState: RowSelection? = nil, numDraftTokens: Int = 0
    ) {
        self.maxNewTokens = maxNewTokens
        self.doSample = doSample
        self.topP = topP
        self.topK = topK
        self.minP = minP
        self.temperature = temperature
        self.repetitionPenalty = repetitionPenalty
        self.presencePenalty = presencePenalty
        self.frequencyPenalty = frequencyPenalty
        self.logitBias = logitBias
        self.badWords = badWords
        self.badTokenIDs = badTokenIDs
        self.ignoreEOS = ignoreEOS
        self.randomSeed = randomSeed
        self.stopWords = stopWords
        self.stopTokenIDs = stopTokenIDs
        self.minNewTokens = minNewTokens
        self.skipSpecialTokens = skipSpecialTokens
        self.includeStopStringInOutput = includeStopStringInOutput
        self.logprobs = logprobs
        self.outputLogits = outputLogits
        self.outputLastHiddenState = outputLastHiddenState
        self.numDraftTokens = numDraftTokens
    }

    /// Checks every range; the error names the field, what it holds and what it may hold.
    public func validate() throws(PipelineError) {
        func require(_ valid: Bool, _ field: String, _ value: some Any, _ expected: String)
            throws(PipelineError)
        {
            if !valid { throw .invalidParameter(field: field, found: "\(value)", expected: expected) }
        }
        try require(maxNewTokens >= 1, "max_new_tokens", maxNewTokens, "at least 1")
        try require((0...1).contains(topP), "top_p", topP, "0...1")
        try require(topK >= 0, "top_k", topK, "0 (all tokens) or more")
        try require((0...1).contains(minP), "min_p", minP, "0...1")
        try require((0...2).contains(temperature), "temperature", temperature, "0...2")
        try require(
            repetitionPenalty > 0 && repetitionPenalty.isFinite, "repetition_penalty", repetitionPenalty,
            "a number above 0; 1 changes nothing")
        try require((-2...2).contains(presencePenalty), "presence_penalty", presencePenalty, "-2...2")
        try require((-2...2).contains(frequencyPenalty), "frequency_penalty", frequencyPenalty, "-2...2")
        for (token, bias) in logitBias.sorted(by: { $0.key < $1.key }) {
            try require((-100...100).contains(bias), "logit_bias of token \(token)", bias, "-100...100")
        }
        try require((0...1024).contains(logprobs), "logprobs", logprobs, "0...1024")
        try require((0...32).contains(numDraftTokens), "num_draft_tokens", numDraftTokens, "0...32")
        try require(!badWords.contains(""), "bad_words", "an empty string", "non-empty strings")
        try require(minNewTokens >= 0, "min_new_tokens", minNewTokens, "0 or more")
        try require(
            minNewTokens <= maxNewTokens, "min_new_tokens", minNewTokens,
            "at most max_new_tokens (\(maxNewTokens))")
        try require(!stopWords.contains(""), "stop_words", "an empty string", "non-empty strings")
    }
}

/// Whose rows a reply brings along.
public enum RowSelection: String, Sendable, Equatable {
    /// Those of every token of the prompt and those that chose the reply's tokens.
    case all
    /// Those that chose the reply's tokens.
    case generation
}
