/// What a matcher has learnt: for each choice of the program and each position, whether everything that
/// follows from there has failed, or (in a lookaround) has succeeded.
struct PatternMemory {
    private let start: Int
    private let width: Int
    private var failed: [UInt64]
    private var succeeded: [UInt64]

    init(_ points: Int, _ range: Range<Int>) {
        start = range.lowerBound
        width = range.count + 1
        failed = [UInt64](repeating: 0, count: points * width / 64 + 1)
        succeeded = []
    }

    @inline(__always)
    func hasFailed(_ point: Int, _ position: Int) -> Bool {
        Self.bit(failed, point * width + position - start)
    }

    @inline(__always)
    func hasSucceeded(_ point: Int, _ position: Int) -> Bool {
        !succeeded.isEmpty && Self.bit(succeeded, point * width + position - start)
    }

    mutating func fail(_ point: Int, _ positions: ClosedRange<Int>) {
        for position in positions {
            let bit = point * width + position - start
            failed[bit / 64] |= 1 << UInt64(bit % 64)
        }
    }

    mutating func succeed(_ point: Int, _ positions: ClosedRange<Int>) {
        if succeeded.isEmpty { succeeded = [UInt64](repeating: 0, count: failed.count) }
        for position in positions {
            let bit = point * width + position - start
            succeeded[bit / 64] |= 1 << UInt64(bit % 64)
        }
    }

    private static func bit(_ words: [UInt64], _ bit: Int) -> Bool {
        words[bit / 64] >> UInt64(bit % 64) & 1 != 0
    }
}
