internal import Checkpoints
internal import Tensors

// Parameters of a workspace, which are packed already, and packed parameters on their way into one.
extension ParameterLoader {
    /// Where parameters come from when the checkpoint is a workspace.
    var packedParameters: PackedParameters? {
        checkpoint.workspace.map {
            PackedParameters(
                checkpoint: $0.packed, architecture: architecture, arena: arena, pool: pool,
                readsValues: readsValues)
        }
    }

    func packedMatrix(
        _ parameters: PackedParameters, _ names: [String], rows: [Int], columns: Int, role: FormatPolicy.Role
    ) throws(LoadError) -> PackedMatrix {
        let (matrix, entry) = try parameters.matrix(names, rows: rows, columns: columns)
        try check(matrix.format, role: role, columns: columns)
        consumed.formUnion(names)
        let shares = entry.division == .whole ? 1 : parameters.checkpoint.ranks
        if shares == 1 { mappedBytes += matrix.byteCount }
        let (rowBytes, rest) = matrix.byteCount.quotientAndRemainder(dividingBy: matrix.rows)
        for (part, count) in zip(entry.parts, rows) {
            conversions.add(
                part.type, matrix.format, sourceBytes: part.bytes * shares,
                heldBytes: rowBytes * count + rest * count / matrix.rows)
        }
        return matrix
    }

    func packedVector(
        _ parameters: PackedParameters, _ names: [String], counts: [Int]
    ) throws(LoadError) -> FloatBuffer {
        let vector = try parameters.vector(names, counts: counts)
        consumed.formUnion(names)
        return vector
    }

    /// Writes a matrix and lets go of it.
    /// - Returns: one of the same shape that takes no memory, for the model to hold.
    func hand(
        _ matrix: PackedMatrix, of tensors: [CheckpointTensor], role: FormatPolicy.Role,
        to writer: PackedWriter
    ) throws(LoadError) -> PackedMatrix {
        let parts = tensors.map {
            PackedTable.Part(name: $0.name, rows: $0.rowCount, type: $0.dtype, bytes: $0.byteCount)
        }
        try writer.write(matrix, parts: parts, role: role)
        do {
            return try PackedMatrix(
                format: matrix.format, rows: matrix.rows, columns: matrix.columns, arena: arena)
        } catch {
            throw .memory(error)
        }
    }

    /// Weights that are packed stay as they are: another format was asked for in vain.
    private func check(_ format: WeightFormat, role: FormatPolicy.Role, columns: Int) throws(LoadError) {
        guard let override = policy.override, format.storage != override else { return }
        // What a format that does not hold a matrix gives way to.
        let isSubstitute = override == .w4 && format.storage == .w8
        guard !isSubstitute || role == .linear && columns % FormatPolicy.blockGroup == 0 else { return }
        throw .unsupportedConfiguration(
            field: "dtype", found: override.rawValue,
            expected:
                "auto, because the workspace holds \(format) weights: run `lmdeploy convert` with --dtype "
                + override.rawValue)
    }
}
