/// Why something cannot be measured. `description` is one line that says what to do.
package enum EvaluationError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A text of fewer than two tokens: the first one foresees the second.
    case textTooShort(tokens: Int)
    /// Windows that no step can compute, or that leave tokens out.
    case windows(field: String, found: Int, expected: String)
    /// The tokenizer gives an id that the model has no embedding for.
    case tokenOutOfRange(token: Int32, place: Int, vocabulary: Int)
    /// A logit is infinite or no number.
    case notFinite(model: String, place: Int)
    /// Two models that do not choose among the same words.
    case vocabularies(reference: Int, candidate: Int)
    /// A question that cannot be understood. Lines count from 1.
    case question(line: Int, field: String, found: String, expected: String)
    /// A file without any question.
    case noQuestions

    package var description: String {
        switch self {
        case .textTooShort(let tokens):
            "the text has \(tokens) tokens, expected at least 2: give a longer text"
        case .windows(let field, let found, let expected):
            "\(field) is \(found), expected \(expected)"
        case .tokenOutOfRange(let token, let place, let vocabulary):
            "token \(place) of the text has id \(token), expected one below the \(vocabulary) of the model's "
                + "vocabulary: the tokenizer belongs to another model"
        case .notFinite(let model, let place):
            "\(model) gives logits that are not finite at token \(place) of the text: its weights are damaged, or "
                + "too large for their format (try --dtype float32)"
        case .vocabularies(let reference, let candidate):
            "the reference has \(reference) words in its vocabulary and the candidate \(candidate), expected the "
                + "same: compare two forms of one model"
        case .question(let line, let field, let found, let expected):
            "line \(line): '\(field)' is \(found), expected \(expected)"
        case .noQuestions:
            "the file has no questions, expected one JSON object in each line"
        }
    }
}
