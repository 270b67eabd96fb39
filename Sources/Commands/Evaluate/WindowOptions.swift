package import ArgumentParser
internal import Evaluation
internal import Tokenization

/// Which text, and how it is cut into windows.
package struct WindowOptions: ParsableArguments {
    @Option(help: ArgumentHelp("A file with the text; - for standard input.", valueName: "file"))
    package var text: String

    @Option(
        help: ArgumentHelp(
            "Tokens of a window. (default: 1024, or the model's limit if that is lower)", valueName: "n"))
    package var maxLength: Int?

    @Option(
        help: ArgumentHelp(
            "Tokens from one window's beginning to the next one's. (default: half of a window)",
            valueName: "n"))
    package var stride: Int?

    @Option(help: ArgumentHelp("Take only as many tokens of the text.", valueName: "n"))
    package var tokens: Int?

    package init() {}

    package func validate() throws {
        for (name, value, least) in [
            ("--max-length", maxLength, 2), ("--stride", stride, 1), ("--tokens", tokens, 2),
        ] {
            guard let value, value < least else { continue }
            throw ToolError.option(name: name, found: "\(value)", expected: "at least \(least)")
        }
    }

    /// The text as the tokenizer's own call gives it, with the special tokens that it adds by itself.
    func read(_ bytes: [UInt8], with tokenizer: Tokenizer) -> EvaluationText {
        var ids = tokenizer.encode(utf8: bytes, addSpecialTokens: true)
        if let tokens { ids = Array(ids.prefix(tokens)) }
        return EvaluationText(
            tokens: ids,
            byteCounts: ids.map { tokenizer.isSpecial($0) ? 0 : tokenizer.bytes(of: $0).count })
    }

    private static let defaultLength = 1024

    /// - Parameter limit: most positions of the model.
    func windows(of text: EvaluationText, limit: Int) throws(EvaluationError) -> StridedWindows {
        let length = maxLength ?? min(Self.defaultLength, limit)
        return try StridedWindows(
            tokenCount: text.tokens.count, maxLength: length, stride: stride ?? max(1, length / 2),
            limit: limit
        )
    }
}
