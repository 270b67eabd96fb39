internal import Checkpoints
internal import Synchronization
internal import Tensors

/// Parameters from packed files: matrices where they lie in the mapping, or joined from what ranks have.
struct PackedParameters {
    let checkpoint: PackedCheckpoint
    let architecture: String
    /// For matrices that are joined.
    let arena: MemoryArena
    let pool: WorkerPool
    /// Otherwise memory for joined matrices is reserved and not touched.
    let readsValues: Bool

    /// A vector of fp32 values. They are few, and checked as they are copied.
    func vector(_ names: [String], counts: [Int]) throws(LoadError) -> FloatBuffer {
        guard let vector = checkpoint.vector(names[0]), vector.parts.map(\.name) == names else {
            throw .missingTensor(names[0], architecture: architecture)
        }
        let ranks = vector.division == .outputs ? checkpoint.ranks : 1
        for (part, count) in zip(vector.parts, counts) where part.count * ranks != count {
            throw .shape(tensor: part.name, found: [part.count * ranks], expected: [count])
        }
        let buffer: FloatBuffer
        do {
            buffer = try FloatBuffer(count: counts.reduce(0, +), for: names[0])
        } catch {
            throw .memory(error)
        }
        var offset = 0
        for (index, name) in names.enumerated() {
            for file in checkpoint.files.prefix(ranks) {
                guard let own = file.table.vectors.first(where: { $0.parts[0].name == names[0] }) else {
                    continue
                }
                for value in file.floats(of: own, part: index) {
                    guard value.isFinite else { throw .notFinite(tensor: name, row: 0) }
                    buffer.elements[offset] = value
                    offset += 1
                }
            }
        }
        return buffer
    }

    func matrix(_ names: [String], rows: [Int], columns: Int) throws(LoadError) -> (
        matrix: PackedMatrix, entry: PackedTable.Matrix
    ) {
        guard let entry = checkpoint.matrix(names[0]), entry.parts.map(\.name) == names,
            let format = entry.format
        else { throw .missingTensor(names[0], architecture: architecture) }
        let shares = checkpoint.shares(of: entry)
        let division = MatrixDivision(
            division: entry.division, ranks: shares.count, rows: rows, columns: columns)
        for (part, count) in zip(entry.parts, division.shareRows) where part.rows != count {
            throw .shape(
                tensor: part.name, found: [part.rows, entry.columns],
                expected: [count, division.shareColumns])
        }
        guard entry.columns == division.shareColumns else {
            throw .shape(
                tensor: names[0], found: [entry.parts[0].rows, entry.columns],
                expected: [division.shareRows[0], division.shareColumns])
        }
        if let problem = division.problem(names[0], format) { throw problem }
        do {
            guard shares.count > 1 else {
                return (
                    try PackedMatrix(
                        format: format, rows: entry.rows, columns: columns,
                        storage: shares[0].file.slice(of: shares[0].matrix)), entry
                )
            }
            let parts = try shares.map { (share) throws(TensorError) in
                try PackedMatrix(
                    format: format, rows: share.matrix.rows, columns: share.matrix.columns,
                    storage: share.file.slice(of: share.matrix))
            }
            let whole = try PackedMatrix(
                format: format, rows: rows.reduce(0, +), columns: columns, arena: arena)
            if readsValues { join(parts, division, into: whole) }
            return (whole, entry)
        } catch {
            throw .memory(error)
        }
    }

    // MARK: - Internals

    /// Copies every rank's pieces to their places, panel by panel on all threads.
    private func join(_ shares: [PackedMatrix], _ division: MatrixDivision, into whole: PackedMatrix) {
        let pieces = shares.indices.flatMap { rank in
            division.pieces(rank: rank).map { (share: shares[rank], piece: $0) }
        }
        let next = Atomic(0)
        pool.run { _, _ in
            while true {
                let panel = next.add(1, ordering: .relaxed).oldValue
                let first = panel * PackedMatrix.rowsPerPanel
                guard first < whole.rows else { return }
                let rows = first..<min(first + PackedMatrix.rowsPerPanel, whole.rows)
                for (share, piece) in pieces {
                    let target = rows.clamped(to: piece.rows)
                    guard !target.isEmpty else { continue }
                    let source = piece.shareRow + target.lowerBound - piece.rows.lowerBound
                    whole.copy(
                        rows: source..<source + target.count, columns: 0..<share.columns, of: share,
                        toRow: target.lowerBound, column: piece.columns.lowerBound)
                }
            }
        }
    }
}
