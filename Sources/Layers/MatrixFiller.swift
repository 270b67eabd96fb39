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

    /// Pages of the file are dropped for about as many bytes at a time: every time interrupts the other threads'
    /// processors, which costs as much as reading a few KiB.
    private static let discardedBytes = 1 << 20

    func fill(on pool: WorkerPool) -> Failure? {
        let failure = Mutex<Failure?>(nil)
        let next = Atomic(0)
        let panels = (matrix.rows + PackedMatrix.rowsPerPanel - 1) / PackedMatrix.rowsPerPanel
        let panelBytes = tensors.reduce(0) { $0 + $1.byteCount } / max(panels, 1)
        let stretch = max(1, Self.discardedBytes / max(panelBytes, 1))
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
                // A stretch behind, where other threads are done as well. If one is not, it reads from the file
                // again; whoever loads a tensor drops all of it in the end.
                if panel % stretch == 0, panel >= 2 * stretch {
                    let length = stretch * PackedMatrix.rowsPerPanel
                    discard(rows: first - 2 * length..<first - length)
                }
            }
        }
        return failure.withLock { $0 }
    }

    /// Calls `body` with each tensor that has some of the matrix's rows, its own numbers for them, and theirs.
    private func forEachPart(
        of rows: Range<Int>, _ body: (_ part: Int, _ source: Range<Int>, _ target: Range<Int>) -> Failure?
    ) -> Failure? {
        var start = 0
        for (part, tensor) in tensors.enumerated() {
            let own = start..<start + tensor.rowCount
            start = own.upperBound
            let target = rows.clamped(to: own)
            if target.isEmpty { continue }
            let source = target.lowerBound - own.lowerBound..<target.upperBound - own.lowerBound
            if let failure = body(part, source, target) { return failure }
        }
        return nil
    }

    private func fill(rows: Range<Int>, _ scratch: PanelScratch) -> Failure? {
        forEachPart(of: rows) { part, source, target in
            scratch.copy(tensors[part], rows: source, to: matrix, at: target).map { row, problem in
                Failure(part: part, row: row, problem: problem)
            }
        }
    }

    private func discard(rows: Range<Int>) {
        _ = forEachPart(of: rows) { part, source, _ in
            tensors[part].discard(rows: source)
            return nil
        }
    }
}
