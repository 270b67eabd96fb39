internal import Tensors

/// Kullback-Leibler divergence of a model from a reference, position by position.
///
/// Both compute the same windows step by step, and their rows are compared as soon as both are there, so that no
/// logits are stored. The positions are those whose next token the strided recipe foresees.
package struct DivergenceEvaluator {
    private let reference: LogitsReader
    private let candidate: LogitsReader

    /// - Parameter candidate: with the reference's vocabulary and, as the two take turns, possibly its pool.
    package init(reference: LogitsReader, candidate: LogitsReader) throws(EvaluationError) {
        guard reference.vocabulary == candidate.vocabulary else {
            throw .vocabularies(reference: reference.vocabulary, candidate: candidate.vocabulary)
        }
        self.reference = reference
        self.candidate = candidate
    }

    /// - Parameter progress: after each step, with the candidate's perplexity so far.
    package func evaluate(
        _ text: EvaluationText, windows: StridedWindows, progress: (EvaluationProgress) -> Void = { _ in }
    ) throws(EvaluationError) -> DivergenceResult {
        try reference.check(text.tokens)
        var tallies = (reference: LikelihoodTally(), candidate: LikelihoodTally())
        var divergences: [Double] = []
        var agreements = 0
        var state = EvaluationProgress(total: windows.computedTokens)
        for window in windows.windows {
            let rows = try rows(of: window, text) { count in
                state.completed += count
                progress(state)
            }
            let bytes = text.byteCounts[window.foreseen].reduce(0, +)
            tallies.reference.add(rows.map(\.reference), of: window, bytes: bytes)
            tallies.candidate.add(rows.map(\.candidate), of: window, bytes: bytes)
            divergences += rows.map(\.divergence)
            agreements += rows.count(where: \.agrees)
            state.completed += 1
            state.perplexity = tallies.candidate.perplexity
            progress(state)
        }
        return DivergenceResult(
            divergences: divergences, agreements: agreements, reference: tallies.reference.result,
            candidate: tallies.candidate.result)
    }

    // MARK: - Internals

    /// What one position contributes.
    private struct Row: BitwiseCopyable {
        var divergence: Double
        var agrees: Bool
        /// Negative log-likelihoods of the token that follows.
        var reference: Double
        var candidate: Double
    }

    private func rows(
        of window: StridedWindows.Window, _ text: EvaluationText, computed: (Int) -> Void
    ) throws(EvaluationError) -> [Row] {
        var result: [Row] = []
        result.reserveCapacity(window.foreseen.count)
        let positions = 0..<window.tokens.count - 1
        let steps = StepSchedule(
            positions,
            firstWanted: min(window.foreseen.lowerBound - 1 - window.tokens.lowerBound, positions.count),
            logitRows: min(reference.logitRows, candidate.logitRows))
        for step in steps {
            let first = window.tokens.lowerBound + step.positions.lowerBound
            let tokens = text.tokens[first..<first + step.positions.count]
            let start = step.positions.lowerBound
            let own = reference.step(tokens, at: start, wantsLogits: step.wantsLogits)
            let others = candidate.step(tokens, at: start, wantsLogits: step.wantsLogits)
            result += try compare(own, others, text: text, from: first + 1)
            computed(tokens.count)
        }
        return result
    }

    private func compare(
        _ own: LogitRows, _ others: LogitRows, text: EvaluationText, from place: Int
    ) throws(EvaluationError) -> [Row] {
        let kernels = reference.kernels
        let rows = reference.pool.map(own.count) { row in
            let (logits, otherLogits) = (own[row], others[row])
            let found = RowDivergence(reference: logits, candidate: otherLogits, kernels: kernels)
            let token = Int(text.tokens[place + row])
            return Row(
                divergence: found.divergence, agrees: found.agrees,
                reference: found.reference.negativeLogLikelihood(of: logits[token]),
                candidate: found.candidate.negativeLogLikelihood(of: otherLogits[token]))
        }
        for (offset, row) in rows.enumerated() {
            if !row.reference.isFinite { throw .notFinite(model: reference.name, place: place + offset) }
            guard row.candidate.isFinite, row.divergence.isFinite else {
                throw .notFinite(model: candidate.name, place: place + offset)
            }
        }
        return rows
    }
}
