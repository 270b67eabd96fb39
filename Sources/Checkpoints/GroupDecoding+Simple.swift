// swift-format-ignore-file: AlwaysUseLowerCamelCase

/// Blocks of one group of 32, in the order in which they lie in a block:
/// - `q4_0`: half scale, 16 bytes of nibbles; `w = (q - 8) * scale`
/// - `q4_1`: half scale, half offset, 16 bytes of nibbles; `w = q * scale + offset`
/// - `q5_0`: half scale, 32 fifth bits, 16 bytes of nibbles; `w = (q - 16) * scale`
/// - `q5_1`: half scale, half offset, 32 fifth bits, 16 bytes of nibbles; `w = q * scale + offset`
/// - `q8_0`: half scale, 32 signed bytes; `w = q * scale`
///
/// The low nibble of byte `i` is element `i` and the high nibble element `i + 16`; bit `i` of the fifth bits
/// belongs to element `i`.
extension GroupDecoding {
    @inline(__always)
    static func decodeQ4_0(_ block: BlockBytes, _ values: GroupedValues) {
        values.set(0, scale: block.half(at: 0))
        writeNibbles(block, at: 2, values.quants, center: 8)
    }

    @inline(__always)
    static func decodeQ4_1(_ block: BlockBytes, _ values: GroupedValues) {
        values.set(0, scale: block.half(at: 0), offset: block.half(at: 2))
        writeNibbles(block, at: 4, values.quants)
    }

    @inline(__always)
    static func decodeQ5_0(_ block: BlockBytes, _ values: GroupedValues) {
        values.set(0, scale: block.half(at: 0))
        decodeFiveBits(block, fifthBits: 2, center: 16, values)
    }

    @inline(__always)
    static func decodeQ5_1(_ block: BlockBytes, _ values: GroupedValues) {
        values.set(0, scale: block.half(at: 0), offset: block.half(at: 2))
        decodeFiveBits(block, fifthBits: 4, center: 0, values)
    }

    @inline(__always)
    static func decodeQ8_0(_ block: BlockBytes, _ values: GroupedValues) {
        values.set(0, scale: block.half(at: 0))
        UnsafeMutableRawPointer(values.quants).copyMemory(from: block.start + 2, byteCount: 32)
    }

    @inline(__always)
    private static func decodeFiveBits(
        _ block: BlockBytes, fifthBits: Int, center: UInt8, _ values: GroupedValues
    ) {
        let bytes = block.vector(at: fifthBits &+ 4)
        let target = UnsafeMutableRawPointer(values.quants)
        let first = (bytes & 15) | fifthBitValues(block.uint16(at: fifthBits))
        let last = (bytes &>> 4) | fifthBitValues(block.uint16(at: fifthBits &+ 2))
        target.storeBytes(of: first &- center, as: SIMD16<UInt8>.self)
        target.storeBytes(of: last &- center, toByteOffset: 16, as: SIMD16<UInt8>.self)
    }

    /// A byte for every bit: 16 where it is set, else 0.
    @inline(__always)
    private static func fifthBitValues(_ bits: UInt16) -> SIMD16<UInt8> {
        let words = SIMD2(
            spread(UInt8(truncatingIfNeeded: bits)), spread(UInt8(truncatingIfNeeded: bits >> 8)))
        return unsafeBitCast(words, to: SIMD16<UInt8>.self)
    }

    /// Byte `i` keeps bit `i` of its copy of `bits`; adding 127 carries whatever it is into the highest bit.
    @inline(__always)
    private static func spread(_ bits: UInt8) -> UInt64 {
        let kept = UInt64(bits) &* 0x0101_0101_0101_0101 & 0x8040_2010_0804_0201
        return (kept &+ 0x7F7F_7F7F_7F7F_7F7F) >> 3 & 0x1010_1010_1010_1010
    }
}
