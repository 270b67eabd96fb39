/// How questions and choices become tokens.
///
/// The context is encoded, and the context with the choice behind it; the choice's tokens are those of the whole
/// beyond as many as the context has alone. This is what evaluation harnesses commonly do. White space at the end
/// of the context is counted to the choice, because tokens usually begin with the space before a word. Where the
/// context's last letters and the choice's first would become one token nevertheless, the context keeps its own
/// tokens.
package struct ChoiceEncoding {
    /// What stands between a context and a choice.
    package var delimiter: String
    private let encode: (String) -> [Int32]

    /// - Parameter encode: text to tokens, with those that begin a sequence and none that end it.
    package init(delimiter: String = " ", encode: @escaping (String) -> [Int32]) {
        self.delimiter = delimiter
        self.encode = encode
    }

    /// A context and one way to go on.
    struct Option: Equatable {
        var context: [Int32]
        var continuation: [Int32]
    }

    func options(of question: ChoiceQuestion) throws(EvaluationError) -> [Option] {
        let text = question.context
        let end = text.unicodeScalars.lastIndex { !$0.properties.isWhitespace }
        guard let end else {
            throw .question(line: question.line, field: "question", found: "white space", expected: "a text")
        }
        let afterEnd = text.unicodeScalars.index(after: end)
        let context = encode(String(text.unicodeScalars[..<afterEnd]))
        guard !context.isEmpty else {
            throw .question(
                line: question.line, field: "question", found: "a text without tokens",
                expected: "at least one token")
        }
        var options: [Option] = []
        for choice in question.choices {
            let continuation = encode(text + delimiter + choice).dropFirst(context.count)
            guard !continuation.isEmpty else {
                throw .question(
                    line: question.line, field: "choices",
                    found: "'\(choice)', which has no tokens of its own",
                    expected: "choices of at least one token")
            }
            options.append(Option(context: context, continuation: Array(continuation)))
        }
        return options
    }
}
