internal import Tensors

/// Cells that are measured side by side and therefore have their memory at the same time: all linear layers, or
/// attention with the same heads.
package struct CellWave: Sendable, Equatable {
    package var cells: [KernelCell]
    /// Bytes that must pass by before something is out of the caches.
    package var coldBytes: Int

    package init(cells: [KernelCell], coldBytes: Int) {
        self.cells = cells
        self.coldBytes = coldBytes
    }

    /// Cells in waves, in the order in which they first come.
    package static func waves(of cells: [KernelCell], coldBytes: Int) -> [CellWave] {
        var waves: [CellWave] = []
        var indices: [HeadShape?: Int] = [:]
        for cell in cells {
            let heads = cell.work.heads
            if let index = indices[heads] {
                waves[index].cells.append(cell)
            } else {
                indices[heads] = waves.count
                waves.append(CellWave(cells: [cell], coldBytes: coldBytes))
            }
        }
        return waves
    }

    /// The longest context in the wave.
    var longestContext: Int {
        cells.map { $0.work.operation == .linear ? 0 : $0.work.size }.max() ?? 0
    }

    /// Bytes of weights: cold memory, or the largest matrix.
    func weightBytes(isWarm: Bool) -> Int {
        guard let largest = cells.map(\.work.matrixBytes).max(), largest > 0 else { return 0 }
        return isWarm ? largest : max(largest, coldBytes)
    }

    /// About what the wave needs.
    func byteCount(isWarm: Bool) -> Int {
        var caches: [KVCacheShape.Element: Int] = [:]
        for cell in cells {
            guard let element = cell.work.element, let heads = cell.work.heads else { continue }
            caches[element] = ColdCache.byteCount(
                element, heads, coldBytes: isWarm ? 0 : coldBytes, longestContext: longestContext)
        }
        return weightBytes(isWarm: isWarm) + caches.values.reduce(0, +)
            + LabScratch.byteCount(rows: rows, inputs: inputs, outputs: outputs)
    }

    /// Most rows, and most floats of their inputs and outputs.
    var rows: Int { cells.map(\.work.rows).max() ?? 1 }
    var inputs: Int { cells.map(\.work.inputs).max() ?? 1 }
    var outputs: Int { cells.map(\.work.outputs).max() ?? 1 }
}
