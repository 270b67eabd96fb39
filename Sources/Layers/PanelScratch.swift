internal import Checkpoints
internal import Tensors

/// One thread's buffers for a panel of rows on its way from a tensor to a matrix.
final class PanelScratch {
    private let columns: Int
    // SAFETY: every buffer belongs to this object alone, which one thread uses. Memory is backed on first touch:
    // what a type does not need costs nothing.
    private let bits: UnsafeMutableBufferPointer<UInt16>
    let floats: UnsafeMutableBufferPointer<Float>

    init(columns: Int) {
        let rows = PackedMatrix.rowsPerPanel
        self.columns = columns
        bits = .allocate(capacity: rows * columns)
        floats = .allocate(capacity: rows * columns)
    }

    deinit {
        bits.deallocate()
        floats.deallocate()
    }

    /// Reads rows of a tensor and packs them as rows `target` of the matrix, with the least rounding there is.
    /// - Parameter columns: all of them, unless both the tensor and the matrix have them in parts.
    /// - Returns: a row that cannot be packed, and why.
    func copy(
        _ tensor: CheckpointTensor, rows: Range<Int>, columns: Range<Int>, to matrix: PackedMatrix,
        at target: Range<Int>
    ) -> (row: Int, problem: BlockRows.Problem)? {
        if let integers = tensor.integers {
            return copyIntegers(integers, rows: rows, columns: columns, to: matrix, at: target)
        }
        if tensor.dtype == .float16 && matrix.format == .fp16
            || tensor.dtype == .bfloat16 && matrix.format == .bf16
        {
            return copyBits(tensor, rows: rows, to: matrix, at: target)
        }
        return matrix.takesBlocks(of: tensor.dtype)
            ? copyBlocks(tensor, rows: rows, to: matrix, at: target)
            : copyFloats(tensor, rows: rows, to: matrix, at: target)
    }

    // MARK: - Internals

    private func copyBits(
        _ tensor: CheckpointTensor, rows: Range<Int>, to matrix: PackedMatrix, at target: Range<Int>
    ) -> (row: Int, problem: BlockRows.Problem)? {
        let values = UnsafeMutableBufferPointer(rebasing: bits[..<(rows.count * columns)])
        tensor.readBits(rows: rows, into: values)
        guard let base = values.baseAddress else { return nil }
        // Infinities and NaN have all bits of the exponent.
        let exponent: UInt16 = tensor.dtype == .float16 ? 0x7C00 : 0x7F80
        var damaged: UInt16 = 0
        for value in values { damaged |= value & exponent == exponent ? 1 : 0 }
        guard damaged == 0 else {
            let index = values.firstIndex { $0 & exponent == exponent } ?? 0
            return (rows.lowerBound + index / columns, .notFinite)
        }
        matrix.fill(rows: target, bits: base)
        return nil
    }

    private func copyFloats(
        _ tensor: CheckpointTensor, rows: Range<Int>, to matrix: PackedMatrix, at target: Range<Int>
    ) -> (row: Int, problem: BlockRows.Problem)? {
        let values = UnsafeMutableBufferPointer(rebasing: floats[..<(rows.count * columns)])
        tensor.readFloats(rows: rows, into: values)
        guard let base = values.baseAddress else { return nil }
        guard Self.areFinite(values) else {
            let index = values.firstIndex { !$0.isFinite } ?? 0
            return (rows.lowerBound + index / columns, .notFinite)
        }
        matrix.fill(rows: target, floats: base)
        return nil
    }

    /// Several sums side by side, because the compiler may not reorder a single one.
    static func areFinite(_ values: UnsafeMutableBufferPointer<Float>) -> Bool {
        // x - x is zero exactly when x is finite, and NaN otherwise.
        var sums = SIMD16<Float>.zero
        let whole = values.count / 16 * 16
        for start in stride(from: 0, to: whole, by: 16) {
            let part = UnsafeRawPointer(values.baseAddress.unsafelyUnwrapped + start)
                .loadUnaligned(as: SIMD16<Float>.self)
            sums += part - part
        }
        return sums == .zero && values[whole...].allSatisfy(\.isFinite)
    }

    private func copyBlocks(
        _ tensor: CheckpointTensor, rows: Range<Int>, to matrix: PackedMatrix, at target: Range<Int>
    ) -> (row: Int, problem: BlockRows.Problem)? {
        tensor.withRowBytes(rows: rows) { blocks in
            do throws(BlockRows.Failure) {
                try matrix.fill(rows: target, blocks: blocks, dtype: tensor.dtype)
                return nil
            } catch {
                return (rows.lowerBound + error.row, error.problem)
            }
        }
    }
}
