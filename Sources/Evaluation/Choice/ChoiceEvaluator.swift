internal import Tensors

/// Answers multiple-choice questions by likelihood.
package struct ChoiceEvaluator {
    private let reader: LogitsReader
    private let encoding: ChoiceEncoding

    package init(_ reader: LogitsReader, encoding: ChoiceEncoding) {
        self.reader = reader
        self.encoding = encoding
    }

    /// - Parameter progress: after each question.
    package func evaluate(
        _ questions: [ChoiceQuestion], progress: (EvaluationProgress) -> Void = { _ in }
    ) throws(EvaluationError) -> ChoiceResult {
        guard !questions.isEmpty else { throw .noQuestions }
        var items: [ChoiceResult.Item] = []
        var state = EvaluationProgress(total: questions.count)
        for question in questions {
            items.append(try item(question))
            state.completed += 1
            progress(state)
        }
        return ChoiceResult(items)
    }

    // MARK: - Internals

    private func item(_ question: ChoiceQuestion) throws(EvaluationError) -> ChoiceResult.Item {
        var likelihoods: [Double] = []
        var isTruncated = false
        var computed: ArraySlice<Int32> = []
        for (option, choice) in zip(try encoding.options(of: question), question.choices) {
            // The last token is foreseen and foresees nothing, so it needs no room.
            let room = reader.maxTokens + 1 - option.continuation.count
            guard room >= 1 else {
                throw .question(
                    line: question.line, field: "choices",
                    found: "'\(choice)' with \(option.continuation.count) tokens",
                    expected: "choices of at most \(reader.maxTokens): raise --max-length")
            }
            let context = option.context.suffix(room)
            isTruncated = isTruncated || context.count < option.context.count
            try reader.check(Array(context) + option.continuation)
            // Keys and values of the context are the same for all choices.
            if context.dropLast() != computed {
                computed = context.dropLast()
                reader.read(Array(computed), from: computed.count) { _, _ in }
            }
            likelihoods.append(try likelihood(of: option.continuation, after: context))
        }
        return ChoiceResult.Item(question: question, logLikelihoods: likelihoods, isTruncated: isTruncated)
    }

    /// - Parameter context: of which all but the last token are computed.
    private func likelihood(
        of continuation: [Int32], after context: ArraySlice<Int32>
    ) throws(EvaluationError) -> Double {
        let kernels = reader.kernels
        let tokens = Array(context.suffix(1)) + continuation
        var sum = 0.0
        let steps = StepSchedule(0..<continuation.count, firstWanted: 0, logitRows: reader.logitRows)
        for step in steps {
            let rows = reader.step(
                tokens[step.positions], at: context.count - 1 + step.positions.lowerBound, wantsLogits: true)
            let likelihoods = reader.pool.map(rows.count) { row in
                let logits = rows[row]
                let token = Int(tokens[step.positions.lowerBound + row + 1])
                return Softmax(logits, kernels: kernels).negativeLogLikelihood(of: logits[token])
            }
            for (row, likelihood) in likelihoods.enumerated() {
                guard likelihood.isFinite else {
                    throw .notFinite(
                        model: reader.name, place: context.count + step.positions.lowerBound + row)
                }
                sum -= likelihood
            }
        }
        return sum
    }
}
