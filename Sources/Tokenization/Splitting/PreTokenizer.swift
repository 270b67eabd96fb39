/// Cuts text into the words that byte-pair encoding works on, by stages that each cut what the stage
/// before has left.
struct PreTokenizer: Sendable {
    enum Stage: Sendable, Equatable {
        case pattern(SplitPattern)
        /// Numbers apart from everything else; one by one or in runs.
        case digits(isIndividual: Bool)
        /// A piece that does not begin with a space gets one.
        case prefixSpace
    }

    private let stages: [Stage]
    private let scanner = PatternScanner()

    init(stages: [Stage]) {
        self.stages = stages
    }

    /// Encodes every word of `range`, in order.
    func encodeWords(
        of bytes: [UInt8], in range: Range<Int>, by model: BytePairModel, into session: inout BytePairSession
    ) {
        run(0, bytes, range, model, &session)
    }

    private func run(
        _ stage: Int, _ bytes: [UInt8], _ range: Range<Int>, _ model: BytePairModel,
        _ session: inout BytePairSession
    ) {
        guard stage < stages.count else {
            model.encode(bytes, in: range, into: &session)
            return
        }
        switch stages[stage] {
        case .prefixSpace:
            if range.isEmpty || bytes[range.lowerBound] == 0x20 {
                run(stage + 1, bytes, range, model, &session)
            } else {
                let prefixed = [0x20] + bytes[range]
                run(stage + 1, prefixed, 0..<prefixed.count, model, &session)
            }
        case .pattern(let pattern):
            var start = range.lowerBound
            while start < range.upperBound {
                let end = scanner.matchEnd(pattern, bytes, from: start, to: range.upperBound)
                run(stage + 1, bytes, start..<end, model, &session)
                start = end
            }
        case .digits(let isIndividual):
            var start = range.lowerBound
            while start < range.upperBound {
                let end = scanner.digitsEnd(
                    bytes, from: start, to: range.upperBound, isIndividual: isIndividual)
                run(stage + 1, bytes, start..<end, model, &session)
                start = end
            }
        }
    }
}
