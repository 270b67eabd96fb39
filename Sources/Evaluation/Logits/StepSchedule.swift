/// The steps that compute a text: first those whose logits nobody asks for, then the others.
struct StepSchedule: Sequence {
    struct Step: Equatable {
        var positions: Range<Int>
        var wantsLogits: Bool
    }

    private let positions: Range<Int>
    private let firstWanted: Int
    private let plainRows: Int
    private let logitRows: Int

    /// - Parameters:
    ///   - positions: what is to be computed.
    ///   - firstWanted: the first of them whose logits are wanted.
    ///   - logitRows: most rows of a step with logits.
    init(_ positions: Range<Int>, firstWanted: Int, logitRows: Int, plainRows: Int = LogitsReader.stepRows) {
        precondition((positions.lowerBound...positions.upperBound).contains(firstWanted))
        self.positions = positions
        self.firstWanted = firstWanted
        self.plainRows = plainRows
        self.logitRows = logitRows
    }

    func makeIterator() -> some IteratorProtocol<Step> {
        let (positions, firstWanted) = (positions, firstWanted)
        let (plainRows, logitRows) = (plainRows, logitRows)
        return sequence(state: positions.lowerBound) { (next: inout Int) -> Step? in
            guard next < positions.upperBound else { return nil }
            let wantsLogits = next >= firstWanted
            let end = wantsLogits ? positions.upperBound : firstWanted
            let step = next..<Swift.min(end, next + (wantsLogits ? logitRows : plainRows))
            next = step.upperBound
            return Step(positions: step, wantsLogits: wantsLogits)
        }
    }
}
