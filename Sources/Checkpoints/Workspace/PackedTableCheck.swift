internal import Tensors

/// Checks a table before anything that it says is used.
struct PackedTableCheck {
    let path: String
    let table: PackedTable

    /// - Parameter dataEnd: where the table begins, and so what it describes must end.
    func check(dataEnd: Int) throws(CheckpointError) {
        if let problem = table.configuration.problem { throw malformed("configuration.\(problem)") }
        guard (1...PackedCheckpoint.maximumRanks).contains(table.ranks),
            (0..<table.ranks).contains(table.rank)
        else { throw malformed("rank \(table.rank) of \(table.ranks) makes no sense") }
        var position = PackedLayout.dataStart
        var names: Set<String> = []
        for matrix in table.matrices {
            let bytes = try byteCount(matrix)
            try check(
                name(matrix.parts.map(\.name), &names), offset: matrix.offset, bytes, dataEnd, &position)
        }
        for vector in table.vectors {
            let bytes = try byteCount(vector)
            try check(
                name(vector.parts.map(\.name), &names), offset: vector.offset, bytes, dataEnd, &position)
        }
        guard position == dataEnd else {
            throw malformed("the weights end at byte \(position) and the table begins at \(dataEnd)")
        }
    }

    // MARK: - Internals

    /// The first of an entry's names, all of which must be new.
    private func name(_ parts: [String], _ names: inout Set<String>) throws(CheckpointError) -> String {
        guard let first = parts.first else { throw malformed("an entry has no parts") }
        for name in parts where !names.insert(name).inserted {
            throw malformed("\(quoted(name)) is there twice")
        }
        return first
    }

    private func byteCount(_ matrix: PackedTable.Matrix) throws(CheckpointError) -> Int {
        let name = quoted(matrix.parts.first?.name ?? "")
        let size = 1...ModelLimits.size
        guard matrix.parts.allSatisfy({ size.contains($0.rows) && $0.bytes >= 0 }),
            matrix.parts.count <= Self.maximumParts, size.contains(matrix.columns)
        else {
            throw malformed(
                "\(name) has rows, columns or bytes that make no sense, expected 1 to \(ModelLimits.size)")
        }
        guard let format = matrix.format else {
            throw malformed(
                "\(name) is held as \(matrix.storage.rawValue) in groups of \(matrix.group), expected one of "
                    + WeightFormat.table.map(\.description).joined(separator: ", "))
        }
        guard let bytes = format.byteCount(rows: matrix.rows, columns: matrix.columns) else {
            throw malformed("\(name) has \(matrix.columns) columns, which \(format) cannot hold")
        }
        return bytes
    }

    private func byteCount(_ vector: PackedTable.Vector) throws(CheckpointError) -> Int {
        guard vector.parts.count <= Self.maximumParts,
            vector.parts.allSatisfy({ (1...ModelLimits.size).contains($0.count) })
        else {
            throw malformed(
                "\(quoted(vector.parts.first?.name ?? "")) has a count that makes no sense, expected 1 to "
                    + "\(ModelLimits.size)")
        }
        return vector.count * MemoryLayout<Float>.size
    }

    /// Far above the matrices that are fused, so that sums of rows cannot overflow.
    private static let maximumParts = 1024

    private func check(
        _ name: String, offset: Int, _ bytes: Int, _ dataEnd: Int, _ position: inout Int
    ) throws(CheckpointError) {
        guard offset == position else {
            throw malformed("\(quoted(name)) is said to lie at byte \(offset), expected \(position)")
        }
        guard bytes <= dataEnd - offset else {
            throw malformed(
                "\(quoted(name)) has \(bytes) bytes from byte \(offset) on, and the weights end at \(dataEnd)"
            )
        }
        position = PackedLayout.aligned(offset + bytes)
    }

    private func malformed(_ problem: String) -> CheckpointError {
        CheckpointError(.malformed, "\(path): \(problem); the file is damaged, convert the model again")
    }
}
