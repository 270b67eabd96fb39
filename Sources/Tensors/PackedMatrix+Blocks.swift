internal import CKernels

extension PackedMatrix {
    /// Whether `fill(rows:blocks:dtype:)` takes rows of the type.
    package func takesBlocks(of dtype: DType) -> Bool {
        guard dtype.isGrouped, format.group == BlockRows.packedGroup else { return false }
        return format.storage == .w8 || format.storage == .w4 && dtype.isFourBit
    }

    /// Packs rows of blocks with the least rounding there is.
    ///
    /// 8-bit formats keep the integers where 32 values have one scale and no offset, and where products of integers
    /// and their group's integer scale fit. A scale that goes with kept integers is an fp16 number, or one that
    /// changes by at most 2^-11 of itself when it becomes one. Other values are rounded to the nearest multiples of
    /// an fp16 number near the 127th part of the largest magnitude of 32 values.
    ///
    /// 4-bit formats keep the integers of `DType.isFourBit` types, and round scales and offsets to fp16: exactly where
    /// they are fp16 numbers. Else a step changes by at most 2^-11 of itself (2^-25 for steps below 2^-14), and a
    /// value by at most 15 times that and 2^-11 of the offset.
    // SAFETY: the caller has a row of `columns` values in whole blocks at each of as many addresses as there are rows.
    package func fill(
        rows range: Range<Int>, blocks: UnsafeBufferPointer<UnsafeRawPointer?>, dtype: DType
    ) throws(BlockRows.Failure) {
        precondition(takesBlocks(of: dtype) && columns % dtype.blockElements == 0)
        precondition(range.lowerBound >= 0 && range.upperBound <= rows && blocks.count == range.count)
        var failedRow: UInt64 = 0
        let fit = lmk_pack_blocks(
            matrix, bytes, UInt64(range.lowerBound), UInt64(range.count), BlockRows.code(dtype),
            blocks.baseAddress, &failedRow)
        switch fit {
        case LMK_FIT_OK: return
        case LMK_FIT_NOT_FINITE: throw BlockRows.Failure(row: Int(failedRow), problem: .notFinite)
        default: throw BlockRows.Failure(row: Int(failedRow), problem: .outOfRange)
        }
    }
}
