/// One configuration whose memory is measured: a full batch of full sessions.
package struct MemoryCase: Sendable, Equatable, Codable {
    package var batch: Int
    /// Tokens of each sequence at its end.
    package var sessionLength: Int
    /// Precision of the KV cache: 0, 8 or 4.
    package var quantPolicy: Int

    package init(batch: Int, sessionLength: Int, quantPolicy: Int) {
        self.batch = batch
        self.sessionLength = sessionLength
        self.quantPolicy = quantPolicy
    }

    /// All replies run side by side for so long that every sequence is in its last block at the same time.
    package var completionTokens: Int { min(sessionLength / 2, 256) }
    package var promptTokens: Int { sessionLength - completionTokens }
}
