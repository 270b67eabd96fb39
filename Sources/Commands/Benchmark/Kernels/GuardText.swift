package import KernelLab
internal import Tensors

/// What `--guard` says at the end.
package enum GuardText {
    package static func text(_ verdict: GuardVerdict, _ file: GuardFile) -> String {
        switch verdict {
        case .passed(let cells):
            return "\nguard: all \(cells) cells reach their ratios\n"
        case .skipped(let reason):
            return "\nguard: SKIPPED, \(self.reason(reason))\n"
        case .failed(let slow):
            let rows = slow.map { result in
                let work = result.cell.work
                return [
                    work.operation.rawValue, work.format, work.shape, "\(work.size)",
                    result.cell.instructionSet.rawValue, result.samples.ratio?.fixed(2) ?? "-",
                    file.leastRatio(of: result.cell)?.fixed(2) ?? "-",
                ]
            }
            let table = TextTable.lines(
                header: ["operation", "format", "shape", "size", "isa", "ratio", "least"], rows: rows)
            return (["\nguard: slower than they have been:"] + table).joined(separator: "\n") + "\n"
        }
    }

    package static func reason(_ reason: GuardVerdict.SkipReason) -> String {
        switch reason {
        case .noRatios(let instructionSet):
            return "the file has no ratios for \(instructionSet.rawValue)"
        case .peakMoved(let peak):
            return
                "the machine's \(peak.ceiling.rawValue) moved from \(peak.atStart.fixed(1)) to "
                + "\(peak.atEnd.fixed(1)) \(peak.ceiling.unit) during the run"
        case .unsteady(let dropped, let all):
            return "the machine's ceilings moved by more than 10 % in \(dropped) of \(all) samples"
        }
    }
}
