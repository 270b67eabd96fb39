internal import Tensors

/// Types whose 4 bits number the entries of a table, in the order in which they lie in a block:
/// - `iq4NL`: half scale, 16 bytes of nibbles; one group of 32, `w = table[q] * scale`
/// - `iq4XS`: half `d`, 16 bits with the high 2 bits of 8 scales, 4 bytes with their low nibbles, 128 bytes of
///   nibbles; 8 groups of 32, `w = table[q] * (d * (scale - 32))`
/// - `mxfp4`: 8-bit exponent, 16 bytes of nibbles; one group of 32, `w = table[q] * 2^(exponent - 128)`. The
///   table is that of the OCP Microscaling specification 1.0 (E2M1) times two, to be integers.
///
/// In each 16 bytes the low nibble of byte `i` is element `i` and the high nibble element `i + 16`.
extension GroupDecoding {
    @inline(__always)
    static func decodeIQ4NL(_ block: BlockBytes, _ values: GroupedValues) {
        values.set(0, scale: block.half(at: 0))
        writeNibbles(block, at: 2, values.quants)
    }

    @inline(__always)
    static func decodeIQ4XS(_ block: BlockBytes, _ values: GroupedValues) {
        let (d, highBits) = (block.half(at: 0), block.uint16(at: 2))
        for group in 0..<8 {
            let low = block[4 &+ group / 2] &>> UInt8(truncatingIfNeeded: group % 2 &* 4) & 15
            let high = UInt8(truncatingIfNeeded: highBits &>> UInt16(truncatingIfNeeded: 2 &* group) & 3)
            values.set(group, scale: d * Float(Int8(truncatingIfNeeded: low | high << 4) &- 32))
            writeNibbles(block, at: 8 &+ 16 &* group, values.quants + 32 &* group)
        }
    }

    @inline(__always)
    static func decodeMXFP4(_ block: BlockBytes, _ values: GroupedValues) {
        values.set(0, scale: powerOfTwo(block[0]))
        writeNibbles(block, at: 1, values.quants)
    }

    /// What the integers of a type number; they are looked up after all blocks of a row were decoded.
    static func table(_ dtype: DType) -> [Int8]? {
        switch dtype {
        case .iq4NL, .iq4XS: [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113]
        case .mxfp4: [0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12]
        default: nil
        }
    }

    // MARK: - Internals

    /// `2^(exponent - 128)`; the first two are subnormal.
    @inline(__always)
    private static func powerOfTwo(_ exponent: UInt8) -> Float {
        exponent < 2
            ? Float(bitPattern: 0x0020_0000 << UInt32(exponent))
            : Float(bitPattern: UInt32(exponent &- 1) << 23)
    }
}
