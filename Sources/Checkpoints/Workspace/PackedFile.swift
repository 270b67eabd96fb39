package import Tensors

/// A mapped file of packed weights. Opening it checks everything but the numbers in matrices.
package final class PackedFile: Sendable {
    package let table: PackedTable
    private let file: MappedFile

    package var path: String { file.path }

    package init(path: String) throws(CheckpointError) {
        file = try MappedFile.open(path)
        let range = try Self.tableRange(file)
        table = try file.withBytes { (bytes) throws(CheckpointError) in
            try PackedTable(
                json: UnsafeRawBufferPointer(rebasing: bytes[range]), place: path)
        }
        try PackedTableCheck(path: path, table: table).check(dataEnd: range.lowerBound)
    }

    /// The memory that a matrix of the table lies in.
    package func slice(of matrix: PackedTable.Matrix) -> MemoryArena.Slice {
        let bytes = matrix.format?.byteCount(rows: matrix.rows, columns: matrix.columns) ?? 0
        return MemoryArena.Slice(file: file, range: matrix.offset..<matrix.offset + bytes)
    }

    /// The numbers of a part of a vector of the table.
    package func floats(of vector: PackedTable.Vector, part: Int) -> [Float] {
        let before = vector.parts[..<part].reduce(0) { $0 + $1.count }
        let count = vector.parts[part].count
        return file.withBytes { bytes in
            (0..<count).map { index in
                // SAFETY: opening the file checked that all of the vector lies in it.
                let offset = vector.offset + (before + index) * MemoryLayout<Float>.size
                return Float(
                    bitPattern: UInt32(
                        littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
            }
        }
    }

    // MARK: - Internals

    private static func tableRange(_ file: MappedFile) throws(CheckpointError) -> Range<Int> {
        guard file.byteCount >= PackedLayout.headerBytes else {
            throw CheckpointError(
                .truncated,
                "\(file.path) has \(file.byteCount) bytes, expected at least \(PackedLayout.headerBytes): "
                    + "convert the model again")
        }
        guard file.withBytes({ $0.starts(with: PackedLayout.magic) }) else {
            throw CheckpointError(
                .malformed, "\(file.path) is no file of packed weights: convert the model again")
        }
        var reader = ByteReader(file, at: PackedLayout.magic.count)
        let version = try reader.integer(UInt32.self)
        let matrixLayout = try reader.integer(UInt32.self)
        guard version == PackedLayout.version, matrixLayout == PackedLayout.matrixLayout else {
            throw CheckpointError(
                .unsupported,
                "\(file.path) has packed layout \(version).\(matrixLayout), and this program reads "
                    + "\(PackedLayout.version).\(PackedLayout.matrixLayout): run `lmdeploy convert` again with "
                    + "this program")
        }
        let start = try reader.integer(UInt64.self)
        let count = try reader.integer(UInt64.self)
        guard count > 0, count <= UInt64(PackedLayout.maximumTableBytes),
            start % UInt64(PackedLayout.alignment) == 0,
            start >= UInt64(PackedLayout.dataStart),
            let end = Int(exactly: start.addingReportingOverflow(count).partialValue),
            UInt64(end) > start
        else {
            throw CheckpointError(
                .malformed,
                "\(file.path): the table is said to have \(count) bytes from byte \(start) on, which cannot be: "
                    + "convert the model again")
        }
        guard end == file.byteCount else {
            throw CheckpointError(
                end > file.byteCount ? .truncated : .malformed,
                "\(file.path) has \(file.byteCount) bytes, expected \(end): copy it again, or convert the model "
                    + "again")
        }
        return Int(start)..<end
    }
}
