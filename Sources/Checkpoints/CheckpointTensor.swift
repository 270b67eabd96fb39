package import Tensors

/// One tensor of a checkpoint: where it lies in a mapped file, and how to read its rows.
///
/// A row is the innermost dimension; a tensor with one dimension is a single row. Rows are always delivered
/// in Hugging Face order, whatever order the file stores them in. The read functions may be called from
/// several threads.
package struct CheckpointTensor: Sendable {
    /// The Hugging Face name, also for GGUF files.
    package let name: String
    /// Outermost dimension first: `[outputs, inputs]` for a linear layer.
    package let shape: [Int]
    package let dtype: DType
    package let byteCount: Int
    package let rowCount: Int
    package let rowLength: Int

    private let file: MappedFile
    private let offset: Int
    private let storedOrder: StoredRowOrder

    /// The reader has checked that the bytes lie inside the file and that rows are whole blocks.
    init(
        name: String,
        shape: [Int],
        dtype: DType,
        file: MappedFile,
        offset: Int,
        storedOrder: StoredRowOrder = .same
    ) {
        let rowLength = shape.last ?? 1
        let rowCount = shape.dropLast().reduce(1, *)
        self.name = name
        self.shape = shape
        self.dtype = dtype
        self.rowLength = rowLength
        self.rowCount = rowCount
        self.byteCount = rowCount * dtype.bytes(elements: rowLength)
        self.file = file
        self.offset = offset
        self.storedOrder = storedOrder
        precondition(offset >= 0 && offset <= file.byteCount - byteCount, "tensor outside of the file")
    }

    /// Reads rows of any dtype as floats, `rowLength` values per row.
    package func readFloats(rows: Range<Int>, into destination: UnsafeMutableBufferPointer<Float>) {
        precondition(destination.count >= rows.count * rowLength, "destination too small")
        guard let base = destination.baseAddress else { return }
        forEachStoredRow(rows) { index, source in
            // SAFETY: the precondition leaves rowLength values from here on for every index below rows.count.
            BlockDecoding.decodeFloats(source, dtype, rowLength, base + index * rowLength)
        }
        if shape.count == 1, !rows.isEmpty {
            storedOrder.restoreElements(of: destination, count: rowLength)
        }
    }

    /// Reads rows of a two-dimensional `q4_0` or `q4_1` tensor exactly: `w = q * scale + offset` per group of
    /// 32.
    ///
    /// - Parameters:
    ///   - quants: `rowLength` values per row, one value 0...15 per byte.
    ///   - scales: `rowLength / 32` fp16 bit patterns per row.
    ///   - offsets: as `scales`; `-8 * scale` for `q4_0`.
    package func readInt4(
        rows: Range<Int>,
        quants: UnsafeMutableBufferPointer<UInt8>,
        scales: UnsafeMutableBufferPointer<UInt16>,
        offsets: UnsafeMutableBufferPointer<UInt16>
    ) {
        precondition(dtype == .q4_0 || dtype == .q4_1, "\(name) is not a 4-bit tensor")
        let groups = rowLength / dtype.blockElements
        precondition(quants.count >= rows.count * rowLength, "quants too small")
        precondition(min(scales.count, offsets.count) >= rows.count * groups, "scales or offsets too small")
        guard let quants = quants.baseAddress, let scales = scales.baseAddress,
            let offsets = offsets.baseAddress
        else { return }
        forEachStoredRow(rows) { index, source in
            // SAFETY: the preconditions leave a row's values and groups from here on for every index.
            BlockDecoding.unpackInt4(
                source,
                dtype,
                groups,
                quants + index * rowLength,
                scales + index * groups,
                offsets + index * groups
            )
        }
    }

    /// Reads rows of a two-dimensional `q8_0` tensor exactly: `w = q * scale` per group of 32.
    ///
    /// - Parameters:
    ///   - quants: `rowLength` values per row.
    ///   - scales: `rowLength / 32` values per row (each exactly an fp16 value).
    package func readInt8(
        rows: Range<Int>,
        quants: UnsafeMutableBufferPointer<Int8>,
        scales: UnsafeMutableBufferPointer<Float>
    ) {
        precondition(dtype == .q8_0, "\(name) is not an 8-bit tensor")
        let groups = rowLength / dtype.blockElements
        precondition(quants.count >= rows.count * rowLength, "quants too small")
        precondition(scales.count >= rows.count * groups, "scales too small")
        guard let quants = quants.baseAddress, let scales = scales.baseAddress else { return }
        forEachStoredRow(rows) { index, source in
            // SAFETY: the preconditions leave a row's values and groups from here on for every index.
            BlockDecoding.unpackInt8(source, groups, quants + index * rowLength, scales + index * groups)
        }
    }

    /// Drops the tensor's pages from this process's memory, once it was repacked.
    package func discard() {
        file.discard(offset..<offset + byteCount)
    }

    // MARK: - Internals

    private func forEachStoredRow(_ rows: Range<Int>, _ body: (Int, UnsafeRawPointer) -> Void) {
        precondition(rows.lowerBound >= 0 && rows.upperBound <= rowCount, "rows outside of \(name)")
        let rowBytes = dtype.bytes(elements: rowLength)
        file.withBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            for (index, row) in rows.enumerated() {
                let stored = rowCount == 1 ? 0 : storedOrder.storedIndex(ofRow: row)
                // SAFETY: stored < rowCount, and the initialiser checked that all rows lie in the file.
                body(index, base + offset + stored * rowBytes)
            }
        }
    }
}
