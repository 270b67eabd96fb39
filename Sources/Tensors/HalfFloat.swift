/// IEEE 754 binary16 bit patterns, converted such that loops vectorise on every CPU (Swift's `Float16` calls a
/// library function per value where the CPU target lacks the instruction).
package enum HalfFloat {
    /// Reads `count` numbers, which have no alignment, as floats.
    // SAFETY: the caller has as many numbers at `source`, and room for as many floats.
    package static func widen(
        _ source: UnsafeRawPointer, count: Int, into floats: UnsafeMutablePointer<Float>
    ) {
        for index in 0..<count {
            floats[index] = value(
                UInt16(littleEndian: source.loadUnaligned(fromByteOffset: 2 &* index, as: UInt16.self)))
        }
    }

    /// The exact value.
    @inlinable @inline(__always)
    package static func value(_ bits: UInt16) -> Float {
        let magnitude = UInt32(bits & 0x7FFF) << 13
        let sign = UInt32(bits & 0x8000) << 16
        // Exponents are rebiased by 127 - 15 = 112; infinities and NaN by as much again, to reach 255.
        let rebias: UInt32 = bits & 0x7C00 == 0x7C00 ? 224 << 23 : 112 << 23
        // A subnormal m * 2^-24 becomes 2^-14 * (1 + m / 1024), less 2^-14: exact, with no subnormal operand.
        let smallest = Float(bitPattern: 113 << 23)
        let subnormal = (Float(bitPattern: magnitude &+ 113 << 23) - smallest).bitPattern
        return Float(bitPattern: sign | (bits & 0x7C00 == 0 ? subnormal : magnitude &+ rebias))
    }
}

extension HalfFloat {
    /// The nearest binary16 number, ties to even; what is too large becomes infinite.
    @inlinable @inline(__always)
    package static func bits(_ value: Float) -> UInt16 {
        let sign = UInt16(truncatingIfNeeded: value.bitPattern >> 16) & 0x8000
        let magnitude = value.bitPattern & 0x7FFF_FFFF
        if magnitude >= 143 << 23 {
            // 65536 and more, infinities and NaN.
            return sign | (magnitude > 255 << 23 ? 0x7E00 : 0x7C00)
        }
        if magnitude < 113 << 23 {
            // Below 2^-14: adding 0.5 leaves multiples of 2^-24 in the last bits, rounded to even.
            let sum = Float(bitPattern: magnitude) + 0.5
            return sign | UInt16(truncatingIfNeeded: sum.bitPattern &- (126 << 23))
        }
        let isOdd = magnitude >> 13 & 1
        return sign | UInt16(truncatingIfNeeded: (magnitude &- 112 << 23 &+ 0xFFF &+ isOdd) >> 13)
    }
}
