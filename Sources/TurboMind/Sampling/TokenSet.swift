/// The set of tokens a sequence holds, as one bit per token of the vocabulary.
package struct TokenSet: Sendable {
    private var words: [UInt64]
    private let vocabulary: Int

    package init(vocabulary: Int) {
        self.vocabulary = vocabulary
        words = Array(repeating: 0, count: (vocabulary + 63) / 64)
    }

    package mutating func insert(_ token: Int32) {
        guard token >= 0, Int(token) < vocabulary else { return }
        words[Int(token) >> 6] |= 1 << UInt64(token & 63)
    }

    package mutating func removeAll() {
        for index in words.indices { words[index] = 0 }
    }

    /// Calls `body` with every token, in increasing order.
    package func forEach(_ body: (Int) -> Void) {
        for (index, word) in words.enumerated() {
            var rest = word
            while rest != 0 {
                body(index << 6 + rest.trailingZeroBitCount)
                rest &= rest - 1
            }
        }
    }
}
