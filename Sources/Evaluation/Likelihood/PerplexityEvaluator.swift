internal import Tensors

/// Perplexity by the strided recipe that Hugging Face documents.
package struct PerplexityEvaluator {
    private let reader: LogitsReader

    package init(_ reader: LogitsReader) { self.reader = reader }

    /// - Parameter progress: after each step, with the perplexity so far.
    package func evaluate(
        _ text: EvaluationText, windows: StridedWindows, progress: (EvaluationProgress) -> Void = { _ in }
    ) throws(EvaluationError) -> PerplexityResult {
        try reader.check(text.tokens)
        var tally = LikelihoodTally()
        var state = EvaluationProgress(total: windows.computedTokens)
        for window in windows.windows {
            var likelihoods: [Double] = []
            likelihoods.reserveCapacity(window.foreseen.count)
            // The row before a token foresees it; nothing behind the last token is asked for.
            let positions = 0..<window.tokens.count - 1
            let firstWanted = min(window.foreseen.lowerBound - 1 - window.tokens.lowerBound, positions.count)
            let steps = StepSchedule(positions, firstWanted: firstWanted, logitRows: reader.logitRows)
            for step in steps {
                let first = window.tokens.lowerBound + step.positions.lowerBound
                let tokens = text.tokens[first..<first + step.positions.count]
                let rows = reader.step(tokens, at: step.positions.lowerBound, wantsLogits: step.wantsLogits)
                likelihoods += try self.likelihoods(rows, of: text, from: first + 1)
                state.completed += tokens.count
                progress(state)
            }
            let bytes = text.byteCounts[window.foreseen].reduce(0, +)
            tally.add(likelihoods, of: window, bytes: bytes)
            state.completed += 1
            state.perplexity = tally.perplexity
            progress(state)
        }
        return tally.result
    }

    /// Of the tokens from `place` on, each foreseen by one row.
    private func likelihoods(
        _ rows: LogitRows, of text: EvaluationText, from place: Int
    ) throws(EvaluationError) -> [Double] {
        let kernels = reader.kernels
        let likelihoods = reader.pool.map(rows.count) { row in
            let logits = rows[row]
            return Softmax(logits, kernels: kernels)
                .negativeLogLikelihood(of: logits[Int(text.tokens[place + row])])
        }
        if let row = likelihoods.firstIndex(where: { !$0.isFinite }) {
            throw .notFinite(model: reader.name, place: place + row)
        }
        return likelihoods
    }
}
