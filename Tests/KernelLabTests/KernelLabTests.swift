import KernelLab
import Tensors
import Testing

/// Tiny runs on this machine: nothing here looks at how fast they are.
@Suite(.serialized) struct KernelLabTests {
    private static let heads = HeadShape(queryHeads: 4, keyValueHeads: 2, dimension: 16)

    private static func cells(_ instructionSet: InstructionSet, threads: Int) throws -> [KernelCell] {
        var selection = CellSelection.quick
        selection.formats = WeightFormat.table
        selection.shapes = [MatrixShape(outputs: 40, inputs: 96)]
        selection.rows = [1, 5]
        selection.elements = KVCacheShape.Element.allCases
        selection.heads = [heads]
        selection.contexts = [1, 100]
        return try selection.cells(instructionSets: [instructionSet], threads: [threads])
    }

    @Test(arguments: InstructionSet.allCases.filter(\.isSupported), [1, 2])
    func everyRequestedCellHasAResult(instructionSet: InstructionSet, threads: Int) throws {
        let cells = try Self.cells(instructionSet, threads: threads)
        // Dropping nothing: this is about cells, and the machine may be busy.
        let policy = SamplePolicy(samples: 1, tolerance: .infinity)
        var lab = KernelLab(
            policy: policy, coldBytes: 1 << 20, sampleSeconds: 1e-5, generator: CountingGenerator())
        var last = (done: 0, all: 0)
        let run = try lab.measure(cells) { last = ($0, $1) }
        #expect(run.results.map(\.cell) == cells)
        #expect(last.done == cells.count - 1 && last.all == cells.count)
        for result in run.results {
            #expect(result.samples.kept.count == 1, "\(result.cell)")
            #expect(try #require(result.samples.rate) > 0, "\(result.cell)")
            #expect(try #require(result.samples.ceiling) > 0, "\(result.cell)")
        }
        #expect(run.peaks.contains { $0.ceiling == .memoryRead && $0.atStart > 0 && $0.atEnd > 0 })
    }

    @Test func warmWeightsAreMeasuredToo() throws {
        let cells = try Self.cells(.generic, threads: 1)
        var lab = KernelLab(
            policy: SamplePolicy(samples: 1, tolerance: .infinity), isWarm: true, coldBytes: 1 << 20,
            sampleSeconds: 1e-5, generator: CountingGenerator())
        #expect(try lab.measure(cells).results.count == cells.count)
    }

    @Test func moreMemoryThanThereIsIsRefused() throws {
        let shape = MatrixShape(outputs: MatrixShape.limit, inputs: MatrixShape.limit)
        let cell = KernelCell(.linear(.fp32, shape, rows: 1), .generic, threads: 1)
        var lab = KernelLab(policy: SamplePolicy(samples: 1), generator: CountingGenerator())
        #expect { try lab.measure([cell]) } throws: { "\($0)".hasPrefix("the cells need ") }
    }
}
