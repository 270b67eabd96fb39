/// Which tokens of a vocabulary may be chosen: one bit for each.
package struct TokenMask: Sendable, Equatable {
    /// Bit `token % 64` of word `token / 64`.
    package var words: [UInt64]
    package let vocabulary: Int

    package init(vocabulary: Int, allowsAll: Bool = false) {
        self.vocabulary = vocabulary
        words = Array(repeating: allowsAll ? .max : 0, count: (vocabulary + 63) / 64)
    }

    package init(vocabulary: Int, allowed: [Int32]) {
        self.init(vocabulary: vocabulary)
        for token in allowed { self[token] = true }
    }

    /// Whether a token of the vocabulary may be chosen.
    package subscript(token: Int32) -> Bool {
        get { words[Int(token) >> 6] >> UInt64(token & 63) & 1 == 1 }
        set {
            let bit = UInt64(1) << UInt64(token & 63)
            if newValue { words[Int(token) >> 6] |= bit } else { words[Int(token) >> 6] &= ~bit }
        }
    }
}
