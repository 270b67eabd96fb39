internal import CKernels

// Packed weights as they are: in files, and from one matrix to another.
extension PackedMatrix {
    /// Calls `body` with the packed bytes, as they may be kept in a file and mapped later.
    package func withPackedBytes<R, E: Error>(
        _ body: (UnsafeRawBufferPointer) throws(E) -> R
    ) throws(E) -> R {
        defer { withExtendedLifetime(self) {} }
        // SAFETY: the matrix owns these bytes and is alive during the call.
        return try body(UnsafeRawBufferPointer(start: matrix.pointee.data, count: packedByteCount))
    }

    /// Copies packed weights of another matrix of the same format, with the bits they have.
    ///
    /// - Precondition: the ranges lie in both matrices, and columns begin and end at multiples of
    ///   ``WeightFormat/columnUnit``, or end with both matrices. Threads fill different panels.
    package func copy(
        rows: Range<Int>, columns: Range<Int>, of source: PackedMatrix, toRow row: Int, column: Int
    ) {
        let unit = format.columnUnit
        let count = columns.count
        precondition(format == source.format, "formats differ")
        precondition(rows.lowerBound >= 0 && rows.upperBound <= source.rows && row >= 0)
        precondition(columns.lowerBound >= 0 && columns.upperBound <= source.columns && column >= 0)
        precondition(row + rows.count <= self.rows && column + count <= self.columns)
        precondition(columns.lowerBound % unit == 0 && column % unit == 0)
        let isAtBothEnds = columns.upperBound == source.columns && column + count == self.columns
        precondition(count % unit == 0 || isAtBothEnds, "a part of a group")
        lmk_copy_packed(
            matrix, bytes, UInt64(row), source.matrix, UInt64(rows.lowerBound), UInt64(rows.count),
            lmk_columns(source: UInt64(columns.lowerBound), target: UInt64(column), count: UInt64(count)))
    }

    private var packedByteCount: Int { format.byteCount(rows: rows, columns: columns) ?? 0 }
}

extension WeightFormat {
    /// Inputs between which a packed matrix can be divided.
    package var columnUnit: Int { Int(lmk_column_unit(code, UInt32(group))) }
}
