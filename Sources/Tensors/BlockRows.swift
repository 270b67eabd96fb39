internal import CKernels

/// Rows of a grouped type as a checkpoint holds them: whole blocks of small integers with a scale and an offset for
/// each group, `w = q * scale + offset`, rounded after the product and after the sum.
package enum BlockRows {
    /// Values that share a scale in the formats that rows are packed to.
    package static let packedGroup = 32

    /// Why a row has no place in a format.
    package enum Problem: Error {
        /// A value is infinite or not a number.
        case notFinite
        /// Every value is finite, but the fp16 scale or offset would not be.
        case outOfRange
    }

    /// The first row that could not be packed, counted from the first row of the call.
    package struct Failure: Error {
        package let row: Int
        package let problem: Problem
    }

    /// Reads `count` values of whole blocks as floats.
    // SAFETY: the caller has as many bytes of blocks at `source`, and room for `count` values.
    package static func readFloats(
        _ source: UnsafeRawPointer, _ dtype: DType, count: Int, into destination: UnsafeMutablePointer<Float>
    ) {
        precondition(count >= 0 && count % dtype.blockElements == 0)
        lmk_blocks_to_floats(code(dtype), source, UInt64(count), destination)
    }

    static func code(_ dtype: DType) -> lmk_block_type {
        switch dtype {
        case .q4_0: LMK_BLOCK_Q4_0
        case .q4_1: LMK_BLOCK_Q4_1
        case .q5_0: LMK_BLOCK_Q5_0
        case .q5_1: LMK_BLOCK_Q5_1
        case .q8_0: LMK_BLOCK_Q8_0
        case .q2K: LMK_BLOCK_Q2_K
        case .q3K: LMK_BLOCK_Q3_K
        case .q4K: LMK_BLOCK_Q4_K
        case .q5K: LMK_BLOCK_Q5_K
        case .q6K: LMK_BLOCK_Q6_K
        case .iq4NL: LMK_BLOCK_IQ4_NL
        case .iq4XS: LMK_BLOCK_IQ4_XS
        case .mxfp4: LMK_BLOCK_MXFP4
        case .float64, .float32, .float16, .bfloat16, .float8E4M3, .float8E5M2, .float8E4M3FNUZ,
            .float8E5M2FNUZ, .float8E8M0, .int8, .int16, .int32, .int64:
            preconditionFailure("\(dtype.rawValue) is a plain type")
        }
    }
}

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
