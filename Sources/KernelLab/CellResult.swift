package import Tensors

/// What came of a cell.
package struct CellResult: Sendable, Equatable {
    package let cell: KernelCell
    package let ceilingName: Ceiling
    package let samples: CellSamples

    package init(cell: KernelCell, ceilingName: Ceiling, samples: CellSamples) {
        self.cell = cell
        self.ceilingName = ceilingName
        self.samples = samples
    }
}
