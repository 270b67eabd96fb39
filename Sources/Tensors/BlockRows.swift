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
            .float8E5M2FNUZ, .float8E8M0, .int4, .int8, .int16, .int32, .int64:
            preconditionFailure("\(dtype.rawValue) has no blocks")
        }
    }
}
