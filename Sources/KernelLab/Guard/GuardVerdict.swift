package import Tensors

/// Whether kernels are as fast as a guard file says.
package enum GuardVerdict: Sendable, Equatable {
    /// All cells that could be measured, with half of their samples at least, reach their ratios.
    case passed(cells: Int)
    /// Cells that do not, in the file's order.
    case failed([CellResult])
    /// The measurement means nothing.
    case skipped(SkipReason)

    package enum SkipReason: Sendable, Equatable {
        /// The file has no ratio for the instruction set.
        case noRatios(InstructionSet)
        /// A ceiling is another one at the end of the run than at its start.
        case peakMoved(PeakMovement)
        /// In more than half of all samples the ceiling moved.
        case unsteady(dropped: Int, of: Int)
    }

    package init(_ file: GuardFile, _ instructionSet: InstructionSet, _ run: LabRun) {
        guard file.entries.contains(where: { $0.leastRatios[instructionSet] != nil }) else {
            self = .skipped(.noRatios(instructionSet))
            return
        }
        let farthest = run.peaks.max { $0.drift < $1.drift }
        if let farthest, farthest.drift > Drift.tolerance {
            self = .skipped(.peakMoved(farthest))
            return
        }
        let dropped = run.results.reduce(0) { $0 + $1.samples.dropped }
        let kept = run.results.reduce(0) { $0 + $1.samples.kept.count }
        guard kept >= dropped, kept > 0 else {
            self = .skipped(.unsteady(dropped: dropped, of: dropped + kept))
            return
        }
        let slow = run.results.filter { result in
            guard result.samples.isSteady, let ratio = result.samples.ratio,
                let least = file.leastRatio(of: result.cell)
            else { return false }
            return ratio < least
        }
        self = slow.isEmpty ? .passed(cells: run.results.count { $0.samples.isSteady }) : .failed(slow)
    }
}

extension GuardFile {
    package func leastRatio(of cell: KernelCell) -> Double? {
        entries.first { $0.work == cell.work }?.leastRatios[cell.instructionSet]
    }
}
