/// The windows of the strided perplexity that Hugging Face documents ("Perplexity of fixed-length models").
///
/// A window begins every `stride` tokens and holds up to `maxLength` of them; the last one ends with the text.
/// A window's labels are its tokens that no window before it had. All of them are foreseen, except that nothing
/// foresees the first token of a window.
package struct StridedWindows: Sendable, Equatable {
    package struct Window: Sendable, Equatable {
        /// The window's tokens.
        package var tokens: Range<Int>
        /// Those that no window before it had: the recipe's labels that are not -100.
        package var labels: Range<Int>

        /// The tokens that are foreseen.
        package var foreseen: Range<Int> { max(labels.lowerBound, tokens.lowerBound + 1)..<tokens.upperBound }

        /// How much the window's mean counts. The recipe takes one less than there are labels, also where all of
        /// them are foreseen.
        package var weight: Int { labels.count - 1 }
    }

    package let maxLength: Int
    package let stride: Int
    package let tokenCount: Int

    /// - Parameters:
    ///   - tokenCount: tokens of the text.
    ///   - limit: most tokens of a window that the model takes.
    package init(tokenCount: Int, maxLength: Int, stride: Int, limit: Int) throws(EvaluationError) {
        guard (2...max(2, limit)).contains(maxLength) else {
            throw .windows(field: "--max-length", found: maxLength, expected: "2...\(limit) for this model")
        }
        guard (1...maxLength).contains(stride) else {
            throw .windows(
                field: "--stride", found: stride,
                expected: "1...\(maxLength), the window's length: a wider stride leaves tokens out")
        }
        guard tokenCount >= 2 else { throw .textTooShort(tokens: tokenCount) }
        self.maxLength = maxLength
        self.stride = stride
        self.tokenCount = tokenCount
    }

    package var windows: [Window] {
        var windows: [Window] = []
        var end = 0
        for begin in Swift.stride(from: 0, to: tokenCount, by: stride) where end < tokenCount {
            let previousEnd = end
            end = min(begin + maxLength, tokenCount)
            windows.append(Window(tokens: begin..<end, labels: previousEnd..<end))
        }
        return windows
    }

    /// Tokens that all windows compute together; with a stride below the length, most of them more than once.
    package var computedTokens: Int { windows.reduce(0) { $0 + $1.tokens.count } }
}
