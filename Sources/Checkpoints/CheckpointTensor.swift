package import Tensors

/// One tensor of a checkpoint: where it lies in a mapped file, and how to read its rows.
///
/// A row is the innermost dimension; a tensor with one dimension is a single row. Rows are always delivered
/// in Hugging Face order, whatever order the file stores them in. The read functions may be called from
/// several threads. An object, of which dictionaries hold only a reference: there may be very many tensors.
package final class CheckpointTensor: Sendable {
    /// The Hugging Face name, also for GGUF files.
    package let name: String
    /// Outermost dimension first: `[outputs, inputs]` for a linear layer.
    package let shape: [Int]
    package let dtype: DType
    package let byteCount: Int
    package let rowCount: Int
    package let rowLength: Int
    /// Where the values are integers with scales in tensors of their own.
    package let integers: IntegerMatrix?

    private let parts: [TensorPart]
    private let storedOrder: StoredRowOrder
    private let scales: TensorScales?

    /// The reader has checked that the bytes lie inside the file and that rows are whole blocks.
    convenience init(
        name: String,
        shape: [Int],
        dtype: DType,
        file: MappedFile,
        offset: Int,
        storedOrder: StoredRowOrder = .same
    ) {
        let rows = 0..<shape.dropLast().reduce(1, *)
        let part = TensorPart(
            file: file, offset: offset, dtype: dtype, rows: rows, columns: 0..<(shape.last ?? 1))
        self.init(name: name, shape: shape, dtype: dtype, parts: [part], storedOrder: storedOrder)
    }

    /// - Parameters:
    ///   - parts: cover the tensor in the file's order, without overlaps.
    ///   - scales: what 8-bit floats are multiplied by.
    init(
        name: String, shape: [Int], dtype: DType, parts: [TensorPart], storedOrder: StoredRowOrder = .same,
        scales: TensorScales? = nil
    ) {
        let rowLength = shape.last ?? 1
        let rowCount = shape.dropLast().reduce(1, *)
        self.name = name
        self.shape = shape
        self.dtype = dtype
        self.rowLength = rowLength
        self.rowCount = rowCount
        self.byteCount = rowCount * dtype.bytes(elements: rowLength)
        self.parts = parts
        self.storedOrder = storedOrder
        self.scales = scales
        integers = nil
        let covered = parts.reduce(0) { $0 + $1.rows.count * $1.columns.count }
        precondition(covered == rowCount * rowLength, "parts do not make a tensor")
    }

    /// A parameter whose values are integers with scales.
    init(name: String, integers: IntegerMatrix) {
        self.name = name
        shape = [integers.rows, integers.columns]
        dtype = integers.dtype
        rowLength = integers.columns
        rowCount = integers.rows
        byteCount = integers.byteCount
        parts = []
        storedOrder = .same
        scales = nil
        self.integers = integers
    }

    /// The same values as a parameter of another name.
    func renamed(_ name: String) -> CheckpointTensor {
        if let integers { return CheckpointTensor(name: name, integers: integers) }
        return CheckpointTensor(
            name: name, shape: shape, dtype: dtype, parts: parts, storedOrder: storedOrder, scales: scales)
    }

    /// Reads rows of any dtype as floats, `rowLength` values per row.
    package func readFloats(rows: Range<Int>, into destination: UnsafeMutableBufferPointer<Float>) {
        precondition(destination.count >= rows.count * rowLength, "destination too small")
        guard let base = destination.baseAddress else { return }
        if let integers {
            return integers.readFloats(rows: rows, columns: 0..<rowLength, into: base)
        }
        forEachStoredRow(rows) { index, source in
            // SAFETY: the precondition leaves rowLength values from here on for every index.
            let row = base + index * rowLength
            if dtype.isGrouped {
                BlockRows.readFloats(source, dtype, count: rowLength, into: row)
            } else {
                PlainDecoding.decodeFloats(source, dtype, rowLength, row)
            }
        }
        scales?.multiply(destination, rows: rows, rowLength: rowLength)
        if shape.count == 1, !rows.isEmpty {
            storedOrder.restoreElements(of: destination, count: rowLength)
        }
    }

    /// Calls `body` with the address of each row's bytes, which are whole blocks of the dtype.
    ///
    /// The bytes are valid during the call.
    package func withRowBytes<R>(
        rows: Range<Int>, _ body: (UnsafeBufferPointer<UnsafeRawPointer?>) -> R
    ) -> R {
        precondition(integers == nil, "\(name) has no rows of bytes")
        return withUnsafeTemporaryAllocation(of: UnsafeRawPointer?.self, capacity: max(rows.count, 1)) {
            addresses in
            let isGathered = !isInOnePiece
            let rowBytes = dtype.bytes(elements: rowLength)
            let gatheredBytes = isGathered ? rows.count * rowBytes : 0
            return withUnsafeTemporaryAllocation(byteCount: max(gatheredBytes, 1), alignment: 16) { copies in
                forEachStoredRow(rows) { index, source in
                    var address = source
                    if isGathered, let base = copies.baseAddress {
                        // SAFETY: there is room for all rows, one after the other.
                        let copy = base + index * rowBytes
                        copy.copyMemory(from: source, byteCount: rowBytes)
                        address = UnsafeRawPointer(copy)
                    }
                    addresses.initializeElement(at: index, to: address)
                }
                defer { withExtendedLifetime(parts) {} }
                return body(UnsafeBufferPointer(rebasing: addresses[..<rows.count]))
            }
        }
    }

    /// Reads rows of a `float16` or `bfloat16` tensor as bit patterns, `rowLength` per row.
    package func readBits(rows: Range<Int>, into destination: UnsafeMutableBufferPointer<UInt16>) {
        precondition(dtype == .float16 || dtype == .bfloat16, "\(name) is no 16-bit tensor")
        precondition(destination.count >= rows.count * rowLength, "destination too small")
        guard let base = destination.baseAddress else { return }
        // SAFETY: the precondition leaves rowLength values from here on for every index.
        forEachStoredRow(rows) { index, source in
            UnsafeMutableRawPointer(base + index * rowLength)
                .copyMemory(from: source, byteCount: rowLength * MemoryLayout<UInt16>.size)
        }
    }

    /// Drops the tensor's pages from this process's memory, once it was repacked.
    package func discard() {
        for part in parts {
            part.file.discard(part.bytes(dtype))
        }
        scales?.discard()
        integers?.discard()
    }

    /// Drops the pages of rows that were repacked. Rows that share a page with others may stay.
    package func discard(rows: Range<Int>) {
        integers?.discard(rows: rows)
        let stored = storedOrder.storedRange(ofRows: rows)
        for part in parts {
            part.file.discard(part.bytes(dtype, rows: stored))
        }
    }

    /// Whether another tensor has the same shape, type and bytes.
    ///
    /// Leaves no pages of either in memory.
    func holdsSameBytes(as other: CheckpointTensor) -> Bool {
        guard shape == other.shape, dtype == other.dtype, storedOrder == other.storedOrder,
            (scales == nil) == (other.scales == nil), integers == nil, other.integers == nil
        else { return false }
        let rowBytes = dtype.bytes(elements: rowLength)
        let rowsAtOnce = max(1, (1 << 22) / max(rowBytes, 1))
        for first in stride(from: 0, to: rowCount, by: rowsAtOnce) {
            let rows = first..<min(first + rowsAtOnce, rowCount)
            let isSame = rows.allSatisfy { row in
                var isSame = true
                forEachStoredRow(row..<row + 1) { _, own in
                    other.forEachStoredRow(row..<row + 1) { _, its in
                        isSame = SystemMemory.areEqual(own, its, rowBytes)
                    }
                }
                return isSame
            }
            discard(rows: rows)
            other.discard(rows: rows)
            guard isSame else { return false }
        }
        guard let scales, let otherScales = other.scales else { return true }
        return scales.holdsSameBytes(as: otherScales)
    }

    // MARK: - Internals

    private var isInOnePiece: Bool { parts.count == 1 && parts[0].isDense(dtype) }

    private func forEachStoredRow(_ rows: Range<Int>, _ body: (Int, UnsafeRawPointer) -> Void) {
        precondition(rows.lowerBound >= 0 && rows.upperBound <= rowCount, "rows outside of \(name)")
        guard isInOnePiece else {
            return forEachGatheredRow(rows, body)
        }
        let part = parts[0]
        part.file.withBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            for (index, row) in rows.enumerated() {
                let stored = rowCount == 1 ? 0 : storedOrder.storedIndex(ofRow: row)
                // SAFETY: stored < rowCount, and the part's initialiser checked that all rows lie in the file.
                body(index, base + part.offset + stored * part.rowBytes)
            }
        }
    }

    /// As above for rows that are not in one piece in one file.
    private func forEachGatheredRow(_ rows: Range<Int>, _ body: (Int, UnsafeRawPointer) -> Void) {
        let rowBytes = dtype.bytes(elements: rowLength)
        withUnsafeTemporaryAllocation(byteCount: rowBytes, alignment: 16) { buffer in
            guard let buffer = buffer.baseAddress else { return }
            for (index, row) in rows.enumerated() {
                let stored = rowCount == 1 ? 0 : storedOrder.storedIndex(ofRow: row)
                for part in parts where part.rows.contains(stored) {
                    part.gather(row: stored, dtype, into: buffer)
                }
                body(index, buffer)
            }
        }
    }
}
