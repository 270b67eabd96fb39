internal import Checkpoints
internal import Synchronization
internal import Tensors

/// Packs the rows of several tensors into one matrix on all threads, in the order in which the files have them.
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

    /// What a thread takes at a time: a panel, or where the files have inputs one after the other, as many columns
    /// of all panels.
    private var isCutByColumns: Bool {
        matrix.takesRectangles && tensors.allSatisfy { $0.integers?.isStoredByInput == true }
    }

    func fill(on pool: WorkerPool) -> Failure? {
        let failure = Mutex<Failure?>(nil)
        let next = Atomic(0)
        let byColumns = isCutByColumns
        let (length, end) =
            byColumns
            ? (PackedMatrix.rectangleColumns, matrix.columns) : (PackedMatrix.rowsPerPanel, matrix.rows)
        let pieces = (end + length - 1) / length
        let pieceBytes = tensors.reduce(0) { $0 + $1.byteCount } / max(pieces, 1)
        let stretch = max(1, Self.discardedBytes / max(pieceBytes, 1))
        pool.run { _, _ in
            let scratch = PanelScratch(columns: byColumns ? length : matrix.columns)
            while true {
                let piece = next.add(1, ordering: .relaxed).oldValue
                guard piece < pieces else { return }
                let first = piece * length
                let range = first..<min(first + length, end)
                let found = byColumns ? fill(columns: range, scratch) : fill(rows: range, scratch)
                if let found {
                    failure.withLock { $0 = $0 ?? found }
                    next.store(pieces, ordering: .relaxed)
                }
                // A stretch behind, where other threads are done as well. If one is not, it reads from the file
                // again; whoever loads a tensor drops all of it in the end.
                if piece % stretch == 0, piece >= 2 * stretch {
                    let behind = first - 2 * stretch * length..<first - stretch * length
                    if byColumns { discard(columns: behind) } else { discard(rows: behind) }
                }
            }
        }
        return failure.withLock { $0 }
    }

    // MARK: - Internals

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

    private func fill(
        rows: Range<Int>, columns: Range<Int>? = nil, _ scratch: PanelScratch
    ) -> Failure? {
        forEachPart(of: rows) { part, source, target in
            scratch.copy(
                tensors[part], rows: source, columns: columns ?? 0..<matrix.columns, to: matrix, at: target
            ).map { row, problem in
                Failure(part: part, row: row, problem: problem)
            }
        }
    }

    private func fill(columns: Range<Int>, _ scratch: PanelScratch) -> Failure? {
        for first in stride(from: 0, to: matrix.rows, by: PackedMatrix.rowsPerPanel) {
            let rows = first..<min(first + PackedMatrix.rowsPerPanel, matrix.rows)
            if let failure = fill(rows: rows, columns: columns, scratch) { return failure }
        }
        return nil
    }

    private func discard(rows: Range<Int>) {
        _ = forEachPart(of: rows) { part, source, _ in
            tensors[part].discard(rows: source)
            return nil
        }
    }

    private func discard(columns: Range<Int>) {
        for tensor in tensors { tensor.integers?.discard(columns: columns) }
    }
}
