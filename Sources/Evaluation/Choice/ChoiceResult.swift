/// How often the most likely choice is the right one.
package struct ChoiceResult: Sendable, Equatable, Encodable {
    /// A share of right answers.
    package struct Accuracy: Sendable, Equatable, Encodable {
        package let value: Double
        /// Nil for a single question.
        package let standardError: Double?

        init(correct: Int, of count: Int) {
            let share = Double(correct) / Double(max(count, 1))
            value = share
            standardError = count > 1 ? (share * (1 - share) / Double(count - 1)).squareRoot() : nil
        }
    }

    /// One question. Choices count from 0; the first one wins a tie.
    package struct Item: Sendable, Equatable, Encodable {
        /// Line of the file, from 1.
        package let line: Int
        package let answer: Int
        /// The choice of the greatest likelihood, and of the greatest for each of its bytes.
        package let chosen: Int
        package let chosenByBytes: Int
        /// Of each choice, in nats.
        package let logLikelihoods: [Double]
        /// Whether the context lost its beginning, because the whole is too long.
        package let isTruncated: Bool

        init(question: ChoiceQuestion, logLikelihoods: [Double], isTruncated: Bool) {
            line = question.line
            answer = question.answer
            self.logLikelihoods = logLikelihoods
            self.isTruncated = isTruncated
            chosen = Self.first(of: logLikelihoods)
            chosenByBytes = Self.first(
                of: zip(logLikelihoods, question.choices).map { $0 / Double($1.utf8.count) })
        }

        private static func first(of scores: [Double]) -> Int {
            scores.indices.reduce(0) { best, index in scores[index] > scores[best] ? index : best }
        }
    }

    package let questions: Int
    /// By the sum of the log-likelihoods of a choice's tokens.
    package let accuracy: Accuracy
    /// By that sum over the bytes of the choice.
    package let accuracyByBytes: Accuracy
    /// What guessing would reach.
    package let chance: Double
    package let truncatedQuestions: Int
    package let items: [Item]

    init(_ items: [Item]) {
        questions = items.count
        accuracy = Accuracy(correct: items.count { $0.chosen == $0.answer }, of: items.count)
        accuracyByBytes = Accuracy(correct: items.count { $0.chosenByBytes == $0.answer }, of: items.count)
        let guesses = items.reduce(0.0) { $0 + 1 / Double($1.logLikelihoods.count) }
        chance = guesses / Double(max(items.count, 1))
        truncatedQuestions = items.count(where: \.isTruncated)
        self.items = items
    }
}
