/// Prompts without meaning, the same in every run.
package struct SyntheticPrompts: Sendable {
    private let tokens: [Int32]

    /// - Parameter tokens: ids to draw from; at least one.
    package init(tokens: [Int32]) {
        precondition(!tokens.isEmpty, "no tokens to draw from")
        self.tokens = tokens
    }

    /// Plain words, letters and digits: whatever the vocabulary, their tokens are ordinary ones.
    package static let passage = """
        one two three four five six seven eight nine ten red orange yellow green blue river mountain ocean forest \
        the quick brown fox jumps over the lazy dog while people read and write about machines that learn to speak \
        a b c d e f g h i j k l m n o p q r s t u v w x y z 0 1 2 3 4 5 6 7 8 9
        """

    /// Uniformly drawn token ids.
    package func tokens(count: Int, seed: UInt64) -> [Int32] {
        var generator = SplitMix(seed: seed)
        return (0..<count).map { _ in tokens[Int.random(in: tokens.indices, using: &generator)] }
    }
}
