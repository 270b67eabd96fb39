package import Tensors

/// Cells with the least ratio to their ceiling that each instruction set must reach.
package struct GuardFile: Sendable, Equatable {
    package struct Entry: Sendable, Equatable {
        package let work: KernelWork
        package var leastRatios: [InstructionSet: Double]

        package init(_ work: KernelWork, leastRatios: [InstructionSet: Double]) {
            self.work = work
            self.leastRatios = leastRatios
        }
    }

    package var entries: [Entry]

    package init(entries: [Entry]) { self.entries = entries }

    /// Cells of `instructionSet`: those with a ratio for it, or all.
    package func cells(
        _ instructionSet: InstructionSet, threads: Int, includesNew: Bool = false
    ) -> [KernelCell] {
        entries.filter { includesNew || $0.leastRatios[instructionSet] != nil }
            .map { KernelCell($0.work, instructionSet, threads: threads) }
    }

    /// What may be lost to a noisy machine before a kernel counts as slower.
    package static let margin = 0.75

    /// With ratios of `margin` times what was measured; cells without a measurement keep theirs.
    package func updated(with results: [CellResult]) -> GuardFile {
        var file = self
        for result in results {
            guard let ratio = result.samples.ratio,
                let index = file.entries.firstIndex(where: { $0.work == result.cell.work })
            else { continue }
            file.entries[index].leastRatios[result.cell.instructionSet] =
                (ratio * Self.margin * 100).rounded(.down) / 100
        }
        return file
    }

    /// As JSON, one cell in a line.
    package var text: String {
        let lines = entries.map { entry in
            let size = entry.work.operation == .linear ? "rows" : "context"
            let ratios = entry.leastRatios.sorted { $0.key.rawValue < $1.key.rawValue }
                .map { "\"\($0.key.rawValue)\": \($0.value)" }.joined(separator: ", ")
            return
                "    {\"operation\": \"\(entry.work.operation.rawValue)\", \"format\": \"\(entry.work.format)\", "
                + "\"shape\": \"\(entry.work.shape)\", \"\(size)\": \(entry.work.size), "
                + "\"least_ratio\": {\(ratios)}}"
        }
        return "{\n  \"cells\": [\n" + lines.joined(separator: ",\n") + "\n  ]\n}\n"
    }
}
