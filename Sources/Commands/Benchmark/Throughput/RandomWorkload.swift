/// Requests of random lengths, the same for the same seed.
package struct RandomWorkload: Sendable {
    private let inputLengths: ClosedRange<Int>
    private let outputLengths: ClosedRange<Int>

    /// - Parameters:
    ///   - inputLength: most tokens of a prompt, at least 1.
    ///   - outputLength: most tokens of a reply, at least 1.
    ///   - rangeRatio: fewest tokens as a share of the most, 0...1; 1 makes all requests alike.
    package init(inputLength: Int, outputLength: Int, rangeRatio: Double) {
        func range(_ longest: Int) -> ClosedRange<Int> {
            min(max(Int(Double(longest) * rangeRatio), 1), longest)...longest
        }
        inputLengths = range(inputLength)
        outputLengths = range(outputLength)
    }

    /// Requests with uniformly drawn lengths; no prompt begins as another one does.
    package func requests(count: Int, synthetic: SyntheticPrompts, seed: UInt64) -> [ThroughputRequest] {
        var generator = SplitMix(seed: seed)
        return (0..<count).map { _ in
            let length = Int.random(in: inputLengths, using: &generator)
            let prompt = synthetic.tokens(count: length, seed: generator.next())
            return ThroughputRequest(
                prompt: .tokens(prompt),
                completionTokens: Int.random(in: outputLengths, using: &generator))
        }
    }
}
