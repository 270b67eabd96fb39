internal import Checkpoints
internal import Synchronization
internal import Tensors

/// Packs the rows of several tensors into one matrix, panel by panel, on all threads.
struct MatrixFiller {
    let matrix: PackedMatrix
    /// Two-dimensional, with as many columns as the matrix and together as many rows.
    let tensors: [CheckpointTensor]

    /// Which part and row of it could not be packed.
    struct Failure: Equatable {
        let part: Int
        let row: Int
        let problem: BlockRows.Problem
    }

    func fill(on pool: WorkerPool) -> Failure? {
        let failure = Mutex<Failure?>(nil)
        let next = Atomic(0)
        let panels = (matrix.rows + PackedMatrix.rowsPerPanel - 1) / PackedMatrix.rowsPerPanel
        pool.run { _, _ in
            let scratch = PanelScratch(columns: matrix.columns)
            while true {
                let panel = next.add(1, ordering: .relaxed).oldValue
                guard panel < panels else { return }
                let first = panel * PackedMatrix.rowsPerPanel
                let rows = first..<min(first + PackedMatrix.rowsPerPanel, matrix.rows)
                if let found = fill(rows: rows, scratch) {
                    failure.withLock { $0 = $0 ?? found }
                    next.store(panels, ordering: .relaxed)
                }
            }
        }
        return failure.withLock { $0 }
    }

    private func fill(rows: Range<Int>, _ scratch: PanelScratch) -> Failure? {
        var start = 0
        for (part, tensor) in tensors.enumerated() {
            let own = start..<start + tensor.rowCount
            start = own.upperBound
            let target = rows.clamped(to: own)
            if target.isEmpty { continue }
            let source = target.lowerBound - own.lowerBound..<target.upperBound - own.lowerBound
            if let (row, problem) = scratch.copy(tensor, rows: source, to: matrix, at: target) {
                return Failure(part: part, row: row, problem: problem)
            }
            tensor.discard(rows: source)
        }
        return nil
    }
}
