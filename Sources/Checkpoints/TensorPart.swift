internal import Tensors

/// A rectangle of a tensor's values, and where it lies in a file.
///
/// Most tensors have one part with all their rows. Files of model-parallel shards hold some rows, or some
/// columns, of a tensor each.
struct TensorPart: Sendable {
    let file: MappedFile
    /// Of the part's first value.
    let offset: Int
    let rows: Range<Int>
    let columns: Range<Int>
    /// Distances in bytes from one row to the next, and between the blocks of a row.
    let rowBytes: Int
    let blockBytes: Int

    /// A part whose rows follow each other without gaps.
    init(file: MappedFile, offset: Int, dtype: DType, rows: Range<Int>, columns: Range<Int>) {
        self.init(
            file: file, offset: offset, dtype: dtype, rows: rows, columns: columns,
            rowBytes: dtype.bytes(elements: columns.count), blockBytes: dtype.blockBytes)
    }

    /// A tensor of a file, which becomes these rows and columns of a larger one.
    init(_ tensor: StoredTensor, dtype: DType, rows: Range<Int>, columns: Range<Int>) {
        self.init(
            file: tensor.file, offset: tensor.offset, dtype: dtype, rows: rows, columns: columns,
            rowBytes: tensor.rowStride * dtype.blockBytes, blockBytes: tensor.valueStride * dtype.blockBytes)
    }

    private init(
        file: MappedFile, offset: Int, dtype: DType, rows: Range<Int>, columns: Range<Int>, rowBytes: Int,
        blockBytes: Int
    ) {
        self.file = file
        self.offset = offset
        self.rows = rows
        self.columns = columns
        self.rowBytes = rowBytes
        self.blockBytes = blockBytes
        // The readers of files have refused what does not fit.
        precondition(
            offset >= 0 && rowBytes >= 0 && blockBytes >= 0 && bytes(dtype).upperBound <= file.byteCount,
            "tensor outside of the file")
    }

    /// Whether a row's blocks follow each other without gaps.
    func isDense(_ dtype: DType) -> Bool {
        blockBytes == dtype.blockBytes || columns.count == dtype.blockElements
    }

    /// All bytes from the first value to the last, of the part or of those of some rows that are in it.
    func bytes(_ dtype: DType, rows wanted: Range<Int>? = nil) -> Range<Int> {
        let own = wanted?.clamped(to: rows) ?? rows
        guard !own.isEmpty, !columns.isEmpty else { return offset..<offset }
        let blocks = columns.count / dtype.blockElements
        let start = offset + (own.lowerBound - rows.lowerBound) * rowBytes
        return start..<start + (own.count - 1) * rowBytes + (blocks - 1) * blockBytes + dtype.blockBytes
    }

    /// Copies the part's values of one row of the tensor to their place in that row.
    func gather(row: Int, _ dtype: DType, into destination: UnsafeMutableRawPointer) {
        let count = columns.count / dtype.blockElements
        let size = dtype.blockBytes
        file.withBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            // SAFETY: the initialiser checked that all values lie in the file; the caller's destination holds a
            // whole row of the tensor.
            let source = base + offset + (row - rows.lowerBound) * rowBytes
            let target = destination + columns.lowerBound / dtype.blockElements * size
            if isDense(dtype) {
                target.copyMemory(from: source, byteCount: count * size)
            } else {
                for index in 0..<count {
                    (target + index * size).copyMemory(from: source + index * blockBytes, byteCount: size)
                }
            }
        }
    }
}
