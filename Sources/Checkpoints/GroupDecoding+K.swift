/// Blocks of 256 values whose groups have small integer scales, times one or two half scales of the block, in
/// the order in which they lie in a block:
/// - `q2K`: 16 bytes (low nibble scale, high nibble minimum), 64 bytes of pairs of bits, half `d`, half `dmin`;
///   groups of 16, `w = q * (d * scale) - dmin * minimum`
/// - `q3K`: 32 bytes of third bits, 64 bytes of pairs of bits, 12 bytes with 16 scales of 6 bits, half `d`;
///   groups of 16, `w = (q - 4) * (d * (scale - 32))`
/// - `q4K`: half `d`, half `dmin`, 12 bytes with 8 scales and 8 minima of 6 bits, 128 bytes of nibbles;
///   groups of 32, `w = q * (d * scale) - dmin * minimum`
/// - `q5K`: as `q4K`, with 32 bytes of fifth bits before the nibbles
/// - `q6K`: 128 bytes of nibbles, 64 bytes of pairs of bits, 16 signed bytes of scales, half `d`;
///   groups of 16, `w = (q - 32) * (d * scale)`
extension GroupDecoding {
    @inline(__always)
    static func decodeQ2K(_ block: BlockBytes, _ values: GroupedValues) {
        let (d, dmin) = (block.half(at: 80), block.half(at: 82))
        for group in 0..<16 {
            let byte = block[group]
            values.set(group, scale: d * Float(byte & 15), offset: -(dmin * Float(byte >> 4)))
        }
        // Each run of 32 bytes holds 128 values: byte i has those at i, i + 32, i + 64 and i + 96.
        for half in 0..<2 {
            let (source, target) = (16 &+ 32 &* half, values.quants + 128 &* half)
            for index in 0..<32 {
                let byte = block[source &+ index]
                target[index] = Int8(truncatingIfNeeded: byte & 3)
                target[index &+ 32] = Int8(truncatingIfNeeded: byte >> 2 & 3)
                target[index &+ 64] = Int8(truncatingIfNeeded: byte >> 4 & 3)
                target[index &+ 96] = Int8(truncatingIfNeeded: byte >> 6)
            }
        }
    }

    @inline(__always)
    static func decodeQ3K(_ block: BlockBytes, _ values: GroupedValues) {
        let d = block.half(at: 108)
        for group in 0..<16 { values.set(group, scale: d * Float(scaleOfQ3K(block, group))) }
        decodeQuantsOfQ3K(block, values)
    }

    /// `w = ((4 - q) * (scale - 32)) * -d`. The signs are changed because of -32 and -4, whose product would be 128.
    @inline(__always)
    static func decodeQ3KProducts(_ block: BlockBytes, _ values: GroupedValues) {
        let step = -block.half(at: 108)
        decodeQuantsOfQ3K(block, values)
        for group in 0..<16 {
            values.set(group, scale: step)
            let place = UnsafeMutableRawPointer(values.quants + 16 &* group)
            let factor = SIMD16(repeating: 0 &- scaleOfQ3K(block, group))
            place.storeBytes(of: place.loadUnaligned(as: SIMD16<Int8>.self) &* factor, as: SIMD16<Int8>.self)
        }
    }

    /// Low nibbles of 8 bytes, their high nibbles, and above both the pairs of bits of 4 bytes.
    @inline(__always)
    private static func scaleOfQ3K(_ block: BlockBytes, _ group: Int) -> Int8 {
        let low = block[96 &+ group % 8] &>> UInt8(truncatingIfNeeded: group / 8 &* 4) & 15
        let high = block[104 &+ group % 4] &>> UInt8(truncatingIfNeeded: group / 4 &* 2) & 3
        return Int8(truncatingIfNeeded: low | high << 4) &- 32
    }

    @inline(__always)
    private static func decodeQuantsOfQ3K(_ block: BlockBytes, _ values: GroupedValues) {
        // As in q2K; the third bit of value 32 * n + i is bit n of byte i. A bit that is clear counts -4.
        for half in 0..<2 {
            let (source, target) = (32 &+ 32 &* half, values.quants + 128 &* half)
            let firstBit = UInt8(truncatingIfNeeded: 4 &* half)
            for index in 0..<32 {
                let (byte, bits) = (block[source &+ index], block[index] &>> firstBit)
                target[index] = Int8(truncatingIfNeeded: byte & 3 | bits << 2 & 4) &- 4
                target[index &+ 32] = Int8(truncatingIfNeeded: byte >> 2 & 3 | bits << 1 & 4) &- 4
                target[index &+ 64] = Int8(truncatingIfNeeded: byte >> 4 & 3 | bits & 4) &- 4
                target[index &+ 96] = Int8(truncatingIfNeeded: byte >> 6 | bits >> 1 & 4) &- 4
            }
        }
    }

    @inline(__always)
    static func decodeQ4K(_ block: BlockBytes, _ values: GroupedValues) {
        decodeScalesAndMinima(block, values)
        // Each run of 32 bytes holds two groups: low nibbles, then high ones.
        for pair in 0..<4 {
            let (source, target) = (16 &+ 32 &* pair, values.quants + 64 &* pair)
            for index in 0..<32 {
                let byte = block[source &+ index]
                target[index] = Int8(truncatingIfNeeded: byte & 15)
                target[index &+ 32] = Int8(truncatingIfNeeded: byte >> 4)
            }
        }
    }

    @inline(__always)
    static func decodeQ5K(_ block: BlockBytes, _ values: GroupedValues) {
        decodeScalesAndMinima(block, values)
        // As in q4K; the fifth bit of value 32 * n + i is bit n of byte i.
        for pair in 0..<4 {
            let (source, target) = (48 &+ 32 &* pair, values.quants + 64 &* pair)
            let firstBit = UInt8(truncatingIfNeeded: 2 &* pair)
            for index in 0..<32 {
                let (byte, bits) = (block[source &+ index], block[16 &+ index] &>> firstBit)
                target[index] = Int8(truncatingIfNeeded: byte & 15 | bits << 4 & 16)
                target[index &+ 32] = Int8(truncatingIfNeeded: byte >> 4 | bits << 3 & 16)
            }
        }
    }

    @inline(__always)
    static func decodeQ6K(_ block: BlockBytes, _ values: GroupedValues) {
        let d = block.half(at: 208)
        for group in 0..<16 {
            values.set(group, scale: d * Float(Int8(bitPattern: block[192 &+ group])))
        }
        // Each half has 64 bytes of nibbles and 32 bytes of pairs of bits above them.
        for half in 0..<2 {
            let (source, target) = (64 &* half, values.quants + 128 &* half)
            for index in 0..<32 {
                let (low, later) = (block[source &+ index], block[source &+ 32 &+ index])
                let bits = block[128 &+ 32 &* half &+ index]
                target[index] = Int8(truncatingIfNeeded: low & 15 | bits << 4 & 48) &- 32
                target[index &+ 32] = Int8(truncatingIfNeeded: later & 15 | bits << 2 & 48) &- 32
                target[index &+ 64] = Int8(truncatingIfNeeded: low >> 4 | bits & 48) &- 32
                target[index &+ 96] = Int8(truncatingIfNeeded: later >> 4 | bits >> 2 & 48) &- 32
            }
        }
    }

    // MARK: - Internals

    /// The head of `q4K` and `q5K`: the first four scales and minima are the low 6 bits of 4 bytes each; the
    /// others have their low 4 bits in the nibbles of the last 4 bytes and their high 2 bits above the former.
    @inline(__always)
    private static func decodeScalesAndMinima(_ block: BlockBytes, _ values: GroupedValues) {
        let (d, dmin) = (block.half(at: 0), block.half(at: 2))
        for group in 0..<4 {
            let (first, second, third) = (block[4 &+ group], block[8 &+ group], block[12 &+ group])
            values.set(group, scale: d * Float(first & 63), offset: -(dmin * Float(second & 63)))
            let (scale, minimum) = (third & 15 | first >> 2 & 48, third >> 4 | second >> 2 & 48)
            values.set(group &+ 4, scale: d * Float(scale), offset: -(dmin * Float(minimum)))
        }
    }
}
