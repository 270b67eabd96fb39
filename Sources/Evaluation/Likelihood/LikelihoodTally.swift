/// Negative log-likelihoods of tokens, window by window.
struct LikelihoodTally {
    private var weightedSum = 0.0
    private var weight = 0
    private var moments = Moments()
    private var bytes = 0

    /// - Parameters:
    ///   - likelihoods: of the window's foreseen tokens, in nats.
    ///   - bytes: of text that these tokens stand for.
    mutating func add(_ likelihoods: [Double], of window: StridedWindows.Window, bytes: Int) {
        guard !likelihoods.isEmpty else { return }
        // The recipe takes the mean loss of a window, which the model returns, times its weight.
        let mean = likelihoods.reduce(0, +) / Double(likelihoods.count)
        weightedSum += mean * Double(window.weight)
        weight += window.weight
        for likelihood in likelihoods { moments.add(likelihood) }
        self.bytes += bytes
    }

    /// The perplexity of what has been added, for displays.
    var perplexity: Double { exponential(weightedSum / Double(max(weight, 1))) }

    var result: PerplexityResult {
        PerplexityResult(
            meanNegativeLogLikelihood: weightedSum / Double(max(weight, 1)), countedTokens: weight,
            tokens: moments.count, bytes: bytes,
            sumOfNegativeLogLikelihoods: moments.mean * Double(moments.count),
            standardErrorOfMean: moments.standardErrorOfMean)
    }
}
