/// How far a measurement has come.
package struct EvaluationProgress: Sendable, Equatable {
    /// Tokens that have been computed; questions that have been answered.
    package internal(set) var completed = 0
    package let total: Int
    /// Of the windows that are complete.
    package internal(set) var perplexity: Double?

    init(total: Int) { self.total = total }
}
