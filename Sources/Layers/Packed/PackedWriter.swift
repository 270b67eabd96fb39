package import Checkpoints
internal import Tensors

/// Takes packed parameters from a loader and writes them to the files of one or more tensor-parallel ranks.
package final class PackedWriter {
    private let files: [PackedFileWriter]
    private let isCancelled: () -> Bool
    private var ranks: Int { files.count }

    /// - Parameters:
    ///   - files: one for each rank.
    ///   - isCancelled: asked before every matrix.
    package init(files: [PackedFileWriter], isCancelled: @escaping () -> Bool = { false }) {
        self.files = files
        self.isCancelled = isCancelled
    }

    /// Ends the files.
    /// - Returns: their tables, by rank.
    package func finish() throws(LoadError) -> [PackedTable] {
        var tables: [PackedTable] = []
        do {
            for file in files { tables.append(try file.finish()) }
        } catch {
            throw .checkpoint(error)
        }
        return tables
    }

    /// Refuses numbers of ranks that a model's heads and layers cannot be divided between.
    package static func check(ranks: Int, _ configuration: ModelConfiguration) throws(LoadError) {
        let (heads, keyValueHeads) = (configuration.attentionHeadCount, configuration.keyValueHeadCount)
        let counts = [heads, keyValueHeads, configuration.intermediateSize]
        guard (1...PackedCheckpoint.maximumRanks).contains(ranks), counts.allSatisfy({ $0 % ranks == 0 })
        else {
            throw .unsupportedConfiguration(
                field: "--tp", found: "\(ranks)",
                expected:
                    "1, or a divisor of the model's \(heads) attention heads, \(keyValueHeads) key-value "
                    + "heads and intermediate size \(configuration.intermediateSize)")
        }
    }

    // MARK: - Internals

    func write(
        _ matrix: PackedMatrix, parts: [PackedTable.Part], role: FormatPolicy.Role
    ) throws(LoadError) {
        guard !isCancelled() else { throw .cancelled }
        let names = parts.map(\.name)
        let kind = role == .vocabulary || ranks == 1 ? .whole : PackedTable.Division.ofLinear(names)
        guard let kind else {
            throw .indivisible(
                tensor: names[0], ranks: ranks, found: "a layer that is not known how to divide",
                expected: "--tp 1")
        }
        let division = MatrixDivision(
            division: kind, ranks: ranks, rows: parts.map(\.rows), columns: matrix.columns)
        if let problem = division.problem(names[0], matrix.format) { throw problem }
        guard kind != .whole else { return try append(matrix, parts, .whole, rank: 0) }
        for rank in 0..<ranks {
            let share = try share(of: matrix, division, rank: rank)
            var own = parts
            for (index, rows) in division.shareRows.enumerated() {
                own[index].rows = rows
                own[index].bytes /= ranks
            }
            try append(share, own, kind, rank: rank)
        }
    }

    /// Biases of divided outputs are divided, and every rank has all other vectors.
    func write(_ vector: FloatBuffer, names: [String], counts: [Int]) {
        let isBias = names.allSatisfy { $0.hasSuffix(".bias") }
        let isDivided = ranks > 1 && isBias && PackedTable.Division.ofLinear(names) == .outputs
        for (rank, file) in files.enumerated() {
            var values: [Float] = []
            var first = 0
            for count in counts {
                let share = isDivided ? count / ranks : count
                let start = first + (isDivided ? rank * share : 0)
                values += vector.elements[start..<start + share]
                first += count
            }
            let parts = zip(names, counts).map { (name: $0, count: isDivided ? $1 / ranks : $1) }
            file.append(vector: values, parts: parts, division: isDivided ? .outputs : .whole)
        }
    }

    private func share(
        of matrix: PackedMatrix, _ division: MatrixDivision, rank: Int
    ) throws(LoadError) -> PackedMatrix {
        do {
            let share = try PackedMatrix(
                format: matrix.format, rows: division.shareRows.reduce(0, +), columns: division.shareColumns)
            for piece in division.pieces(rank: rank) {
                share.copy(
                    rows: piece.rows, columns: piece.columns, of: matrix, toRow: piece.shareRow, column: 0)
            }
            return share
        } catch {
            throw .memory(error)
        }
    }

    private func append(
        _ matrix: PackedMatrix, _ parts: [PackedTable.Part], _ division: PackedTable.Division, rank: Int
    ) throws(LoadError) {
        do {
            try files[rank].append(matrix, parts: parts, division: division)
        } catch {
            throw .checkpoint(error)
        }
    }
}
