package import Tensors

/// A ceiling at the start and at the end of a run, in 10^9 units per second.
package struct PeakMovement: Sendable, Equatable {
    package let ceiling: Ceiling
    package let instructionSet: InstructionSet
    package let threads: Int
    package let atStart: Double
    package let atEnd: Double

    package init(
        ceiling: Ceiling, instructionSet: InstructionSet, threads: Int, atStart: Double, atEnd: Double
    ) {
        self.ceiling = ceiling
        self.instructionSet = instructionSet
        self.threads = threads
        self.atStart = atStart
        self.atEnd = atEnd
    }

    package var drift: Double { Drift.between(atStart, atEnd) }
}

/// Compares the ceilings before and after a run.
struct PeakStability {
    private let machine: LabMachine
    private let cells: [(cell: KernelCell, ceiling: Ceiling, atStart: Double)]

    /// One disturbed slice must not move the median.
    private static let slices = 9

    /// Measures each ceiling that `cells` are compared with.
    init(of cells: [KernelCell], on machine: LabMachine) throws {
        self.machine = machine
        var seen: Set<[String]> = []
        self.cells = cells.compactMap { cell in
            guard let ceiling = machine.ceiling(of: cell),
                seen.insert([ceiling.rawValue, cell.instructionSet.rawValue, "\(cell.threads)"]).inserted
            else { return nil }
            return (cell, ceiling, Self.median(cell, machine))
        }
    }

    func finish() -> [PeakMovement] {
        cells.map { cell, ceiling, atStart in
            PeakMovement(
                ceiling: ceiling, instructionSet: cell.instructionSet, threads: cell.threads,
                atStart: atStart, atEnd: Self.median(cell, machine))
        }
    }

    private static func median(_ cell: KernelCell, _ machine: LabMachine) -> Double {
        (0..<slices).map { _ in machine.ceilingRate(cell) }.median ?? 0
    }
}
