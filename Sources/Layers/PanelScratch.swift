internal import Checkpoints
internal import Tensors

/// One thread's buffers for a panel of rows on its way from a tensor to a matrix.
final class PanelScratch {
    private let columns: Int
    private let groups: Int
    // SAFETY: every buffer belongs to this object alone, which one thread uses. Memory is backed on first touch:
    // what a type does not need costs nothing.
    private let bits: UnsafeMutableBufferPointer<UInt16>
    private let floats: UnsafeMutableBufferPointer<Float>
    private let quants: UnsafeMutableBufferPointer<UInt8>
    private let signedQuants: UnsafeMutableBufferPointer<Int8>
    private let scales: UnsafeMutableBufferPointer<Float>
    private let halfScales: UnsafeMutableBufferPointer<UInt16>
    private let halfOffsets: UnsafeMutableBufferPointer<UInt16>
    private let rowQuants: UnsafeMutableBufferPointer<Int8>
    private let rowScales: UnsafeMutableBufferPointer<Float>
    private let rowOffsets: UnsafeMutableBufferPointer<Float>

    /// The smallest groups are of 16 values.
    private static let smallestGroup = 16

    init(columns: Int) {
        let rows = PackedMatrix.rowsPerPanel
        self.columns = columns
        groups = columns / GroupedRow.packedGroup
        bits = .allocate(capacity: rows * columns)
        floats = .allocate(capacity: rows * columns)
        quants = .allocate(capacity: rows * columns)
        signedQuants = .allocate(capacity: rows * columns)
        scales = .allocate(capacity: rows * groups)
        halfScales = .allocate(capacity: rows * groups)
        halfOffsets = .allocate(capacity: rows * groups)
        rowQuants = .allocate(capacity: columns)
        rowScales = .allocate(capacity: columns / Self.smallestGroup)
        rowOffsets = .allocate(capacity: columns / Self.smallestGroup)
    }

    deinit {
        bits.deallocate()
        floats.deallocate()
        quants.deallocate()
        signedQuants.deallocate()
        scales.deallocate()
        halfScales.deallocate()
        halfOffsets.deallocate()
        rowQuants.deallocate()
        rowScales.deallocate()
        rowOffsets.deallocate()
    }

    /// Reads rows of a tensor and packs them as rows `target` of the matrix, with the least rounding there is.
    /// - Returns: a row that cannot be packed, and why.
    func copy(
        _ tensor: CheckpointTensor, rows: Range<Int>, to matrix: PackedMatrix, at target: Range<Int>
    ) -> (row: Int, problem: GroupedRow.Problem)? {
        if tensor.dtype == .float16 && matrix.format == .fp16
            || tensor.dtype == .bfloat16 && matrix.format == .bf16
        {
            return copyBits(tensor, rows: rows, to: matrix, at: target)
        }
        guard matrix.format.group == GroupedRow.packedGroup, tensor.dtype.isGrouped else {
            return copyFloats(tensor, rows: rows, to: matrix, at: target)
        }
        if matrix.format.storage == .w8 {
            return copyEightBit(tensor, rows: rows, to: matrix, at: target)
        }
        return tensor.dtype.isFourBit
            ? copyFourBit(tensor, rows: rows, to: matrix, at: target)
            : copyFloats(tensor, rows: rows, to: matrix, at: target)
    }

    // MARK: - Internals

    private func copyBits(
        _ tensor: CheckpointTensor, rows: Range<Int>, to matrix: PackedMatrix, at target: Range<Int>
    ) -> (row: Int, problem: GroupedRow.Problem)? {
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
    ) -> (row: Int, problem: GroupedRow.Problem)? {
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
    private static func areFinite(_ values: UnsafeMutableBufferPointer<Float>) -> Bool {
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

    private func copyFourBit(
        _ tensor: CheckpointTensor, rows: Range<Int>, to matrix: PackedMatrix, at target: Range<Int>
    ) -> (row: Int, problem: GroupedRow.Problem)? {
        guard let quants = quants.baseAddress, let scales = halfScales.baseAddress,
            let offsets = halfOffsets.baseAddress
        else { return nil }
        // q4_0 has -8...7.
        let center: Int8 = tensor.dtype == .q4_0 ? 8 : 0
        let found = forEachGroupedRow(of: tensor, rows) { (index, row) throws(GroupedRow.Problem) in
            try row.convertToFourBit(
                center: center, quants: quants + index * columns, scales: scales + index * groups,
                offsets: offsets + index * groups)
        }
        if found == nil { matrix.fill(rows: target, quants: quants, scales: scales, offsets: offsets) }
        return found
    }

    private func copyEightBit(
        _ tensor: CheckpointTensor, rows: Range<Int>, to matrix: PackedMatrix, at target: Range<Int>
    ) -> (row: Int, problem: GroupedRow.Problem)? {
        guard let quants = signedQuants.baseAddress, let scales = scales.baseAddress else { return nil }
        let found = forEachGroupedRow(of: tensor, rows) { (index, row) throws(GroupedRow.Problem) in
            try row.convertToEightBit(quants: quants + index * columns, scales: scales + index * groups)
        }
        if found == nil { matrix.fill(rows: target, quants: quants, scales: scales) }
        return found
    }

    private func forEachGroupedRow(
        of tensor: CheckpointTensor, _ rows: Range<Int>,
        _ body: (_ index: Int, GroupedRow) throws(GroupedRow.Problem) -> Void
    ) -> (row: Int, problem: GroupedRow.Problem)? {
        guard let group = tensor.dtype.groupElements, let quants = rowQuants.baseAddress,
            let scales = rowScales.baseAddress, let offsets = rowOffsets.baseAddress
        else { return nil }
        for (index, row) in rows.enumerated() {
            tensor.readGroups(rows: row..<row + 1, quants: rowQuants, scales: rowScales, offsets: rowOffsets)
            do {
                try body(
                    index,
                    GroupedRow(quants: quants, scales: scales, offsets: offsets, group: group, count: columns)
                )
            } catch {
                return (row, error)
            }
        }
        return nil
    }
}
