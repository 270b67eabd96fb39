/// One request's progress: tokens computed so far catch up with tokens known. Prompt chunks and decoding
/// are the same thing.
struct Sequence {
    let id: RequestID
    let request: GenerationRequest
    /// Most tokens the sequence may reach.
    let tokenLimit: Int
    /// Prompt and reply.
    var tokens: [Int32]
    /// How many of `tokens` have keys and values in the cache.
    var computed = 0
    var blocks: [Int32]

    init(id: RequestID, request: GenerationRequest, tokenLimit: Int, blocks: [Int32]) {
        self.id = id
        self.request = request
        self.tokenLimit = tokenLimit
        self.blocks = blocks
        tokens = request.prompt
        tokens.reserveCapacity(tokenLimit)
    }

    var pending: Int { tokens.count - computed }

    /// What a chosen token means for the sequence.
    enum Acceptance {
        case open, full, stopped
    }

    /// Appends the chosen token, unless it ends the reply.
    mutating func accept(_ token: Int32) -> Acceptance {
        if request.stopTokens.contains(token) { return .stopped }
        tokens.append(token)
        return tokens.count >= tokenLimit ? .full : .open
    }
}
