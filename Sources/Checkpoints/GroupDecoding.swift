internal import Tensors

/// Reads rows of the grouped types: the integers, and each group's scale and offset.
///
/// One extension for each family describes the blocks' bytes. The floating-point operations and their order are
/// those of the reference implementation, so that values agree to the last bit.
enum GroupDecoding {
    /// Decodes `blocks` consecutive blocks.
    static func decode(_ source: UnsafeRawPointer, _ dtype: DType, blocks: Int, into values: GroupedValues) {
        switch dtype {
        case .q4_0: forEachBlock(source, dtype, blocks, values, decodeQ4_0)
        case .q4_1: forEachBlock(source, dtype, blocks, values, decodeQ4_1)
        case .q5_0: forEachBlock(source, dtype, blocks, values, decodeQ5_0)
        case .q5_1: forEachBlock(source, dtype, blocks, values, decodeQ5_1)
        case .q8_0: forEachBlock(source, dtype, blocks, values, decodeQ8_0)
        case .q2K: forEachBlock(source, dtype, blocks, values, decodeQ2K)
        case .q3K: forEachBlock(source, dtype, blocks, values, decodeQ3K)
        case .q4K: forEachBlock(source, dtype, blocks, values, decodeQ4K)
        case .q5K: forEachBlock(source, dtype, blocks, values, decodeQ5K)
        case .q6K: forEachBlock(source, dtype, blocks, values, decodeQ6K)
        case .iq4NL: forEachBlock(source, dtype, blocks, values, decodeIQ4NL)
        case .iq4XS: forEachBlock(source, dtype, blocks, values, decodeIQ4XS)
        case .mxfp4: forEachBlock(source, dtype, blocks, values, decodeMXFP4)
        case .float64, .float32, .float16, .bfloat16, .float8E4M3, .float8E5M2, .float8E4M3FNUZ,
            .float8E5M2FNUZ, .float8E8M0, .int8, .int16, .int32, .int64:
            preconditionFailure("\(dtype.rawValue) is a plain type")
        }
        if let table = table(dtype) {
            GroupedRow.lookUp(values.quants, count: blocks * dtype.blockElements, in: table)
        }
    }

    /// As `decode`, but integers that are small enough to take up their group's own integer scale do, which leaves
    /// the block's half as the scale: 8-bit formats hold such rows without loss. A zero's sign may change.
    static func decodeForPacking(
        _ source: UnsafeRawPointer, _ dtype: DType, blocks: Int, into values: GroupedValues
    ) {
        guard dtype == .q3K else { return decode(source, dtype, blocks: blocks, into: values) }
        forEachBlock(source, dtype, blocks, values, decodeQ3KProducts)
    }

    /// 16 bytes as 32 values: low nibbles, then high ones.
    @inline(__always)
    static func writeNibbles(
        _ block: BlockBytes, at offset: Int, _ quants: UnsafeMutablePointer<Int8>, center: UInt8 = 0
    ) {
        let bytes = block.vector(at: offset)
        let target = UnsafeMutableRawPointer(quants)
        target.storeBytes(of: (bytes & 15) &- center, as: SIMD16<UInt8>.self)
        target.storeBytes(of: (bytes &>> 4) &- center, toByteOffset: 16, as: SIMD16<UInt8>.self)
    }

    @inline(__always)
    private static func forEachBlock(
        _ source: UnsafeRawPointer, _ dtype: DType, _ blocks: Int, _ values: GroupedValues,
        _ decode: (BlockBytes, GroupedValues) -> Void
    ) {
        let (elements, bytes) = (dtype.blockElements, dtype.blockBytes)
        let groups = elements / (dtype.groupElements ?? elements)
        for index in 0..<blocks {
            decode(
                BlockBytes(start: source + index &* bytes),
                values.block(index, elements: elements, groups: groups))
        }
    }
}
