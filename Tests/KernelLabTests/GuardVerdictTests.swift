import KernelLab
import Tensors
import Testing

@Suite struct GuardVerdictTests {
    private static let fast = work(1)
    private static let slow = work(2)
    private static let file = GuardFile(entries: [
        GuardFile.Entry(fast, leastRatios: [.avx2: 0.5]), GuardFile.Entry(slow, leastRatios: [.avx2: 0.5]),
    ])

    private static func work(_ rows: Int) -> KernelWork {
        .linear(.w8(group: 0), MatrixShape(outputs: 64, inputs: 64), rows: rows)
    }

    /// A cell with samples of a ratio, and some that were dropped.
    static func result(
        _ work: KernelWork, _ ratio: Double, _ instructionSet: InstructionSet = .avx2, kept: Int = 3,
        dropped: Int = 0
    ) -> CellResult {
        var samples = CellSamples(SamplePolicy(samples: 3, attemptsPerSample: 100))
        for _ in 0..<kept { samples.add(Sample(rate: ratio, ceilingBefore: 1, ceilingAfter: 1)) }
        for _ in 0..<dropped { samples.add(Sample(rate: ratio, ceilingBefore: 1, ceilingAfter: 2)) }
        return CellResult(
            cell: KernelCell(work, instructionSet, threads: 1), ceilingName: .memoryRead, samples: samples)
    }

    private static func peak(_ atStart: Double, _ atEnd: Double) -> PeakMovement {
        PeakMovement(
            ceiling: .memoryRead, instructionSet: .avx2, threads: 1, atStart: atStart, atEnd: atEnd)
    }

    private static func verdict(
        _ results: [CellResult], _ peaks: [PeakMovement] = [], _ instructionSet: InstructionSet = .avx2
    ) -> GuardVerdict {
        GuardVerdict(file, instructionSet, LabRun(results: results, peaks: peaks))
    }

    @Test func cellsThatReachTheirRatiosPass() {
        let results = [Self.result(Self.fast, 0.9), Self.result(Self.slow, 0.5)]
        #expect(Self.verdict(results, [Self.peak(100, 105)]) == .passed(cells: 2))
    }

    @Test func cellsBelowTheirRatiosFail() {
        let slow = Self.result(Self.slow, 0.49)
        #expect(Self.verdict([Self.result(Self.fast, 0.9), slow]) == .failed([slow]))
    }

    @Test func aMovedPeakSkipsAlsoWhatWouldFail() {
        let moved = Self.peak(100, 85)
        #expect(
            Self.verdict([Self.result(Self.slow, 0.1)], [Self.peak(100, 99), moved])
                == .skipped(.peakMoved(moved)))
    }

    @Test func anUnsteadyMachineSkips() {
        let results = [Self.result(Self.slow, 0.1, dropped: 4), Self.result(Self.fast, 0.9, dropped: 3)]
        #expect(Self.verdict(results) == .skipped(.unsteady(dropped: 7, of: 13)))
        #expect(Self.verdict([]) == .skipped(.unsteady(dropped: 0, of: 0)))
    }

    @Test(arguments: [0, 1])
    func aCellWithFewSamplesIsNotCounted(kept: Int) {
        let results = [Self.result(Self.fast, 0.9), Self.result(Self.slow, 0.1, kept: kept, dropped: 2)]
        #expect(Self.verdict(results) == .passed(cells: 1))
    }

    @Test func anInstructionSetWithoutRatiosSkips() {
        #expect(Self.verdict([], [], .generic) == .skipped(.noRatios(.generic)))
    }
}
