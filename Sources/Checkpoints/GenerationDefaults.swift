/// The sampling settings a checkpoint recommends (`generation_config.json`); nil where it says nothing.
package struct GenerationDefaults: Sendable, Equatable, Codable {
    /// false: the checkpoint recommends greedy decoding.
    package var doSample: Bool?
    package var temperature: Double?
    package var topP: Double?
    package var topK: Int?
    package var minP: Double?
    package var repetitionPenalty: Double?
    package var eosTokenIDs: [Int32]
    /// The most and the fewest tokens of a reply.
    package var maxNewTokens: Int?
    package var minNewTokens: Int?
    package var bosTokenID: Int32?
    /// Texts that end a reply.
    package var stopStrings: [String]

    package init(
        doSample: Bool? = nil,
        temperature: Double? = nil,
        topP: Double? = nil,
        topK: Int? = nil,
        minP: Double? = nil,
        repetitionPenalty: Double? = nil,
        eosTokenIDs: [Int32] = [],
        maxNewTokens: Int? = nil,
        minNewTokens: Int? = nil,
        bosTokenID: Int32? = nil,
        stopStrings: [String] = []
    ) {
        self.doSample = doSample
        self.temperature = temperature
        self.topP = topP
        self.topK = topK
        self.minP = minP
        self.repetitionPenalty = repetitionPenalty
        self.eosTokenIDs = eosTokenIDs
        self.maxNewTokens = maxNewTokens
        self.minNewTokens = minNewTokens
        self.bosTokenID = bosTokenID
        self.stopStrings = stopStrings
    }
}
