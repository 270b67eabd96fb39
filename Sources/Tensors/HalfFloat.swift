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
