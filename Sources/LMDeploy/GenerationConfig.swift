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

    /// Creates a configuration with LMDeploy's defaults.
    public init(
        maxNewTokens: Int = 512, doSample: Bool = false, topP: Float = 1, topK: Int = 50, minP: Float = 0,
        temperature: Float = 0.8, repetitionPenalty: Float = 1, ignoreEOS: Bool = false,
        randomSeed: UInt64? = nil, stopWords: [String] = [], stopTokenIDs: [Int32] = [],
        minNewTokens: Int = 0, skipSpecialTokens: Bool = true
    ) {
        self.maxNewTokens = maxNewTokens
        self.doSample = doSample
        self.topP = topP
        self.topK = topK
        self.minP = minP
        self.temperature = temperature
        self.repetitionPenalty = repetitionPenalty
        self.ignoreEOS = ignoreEOS
        self.randomSeed = randomSeed
        self.stopWords = stopWords
        self.stopTokenIDs = stopTokenIDs
        self.minNewTokens = minNewTokens
        self.skipSpecialTokens = skipSpecialTokens
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
        try require(minNewTokens >= 0, "min_new_tokens", minNewTokens, "0 or more")
        try require(
            minNewTokens <= maxNewTokens, "min_new_tokens", minNewTokens,
            "at most max_new_tokens (\(maxNewTokens))")
        try require(!stopWords.contains(""), "stop_words", "an empty string", "non-empty strings")
    }
}
