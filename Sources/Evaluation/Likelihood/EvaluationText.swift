/// A text as tokens.
package struct EvaluationText: Sendable {
    package let tokens: [Int32]
    /// How many bytes of text each token stands for: 0 for those that begin or end a sequence.
    package let byteCounts: [Int]

    package init(tokens: [Int32], byteCounts: [Int]) {
        precondition(tokens.count == byteCounts.count, "one number of bytes for each token")
        self.tokens = tokens
        self.byteCounts = byteCounts
    }
}
