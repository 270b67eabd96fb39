/// Conversions of 16-bit float bit patterns, written so that loops over them vectorise on every CPU (Swift's
/// `Float16` calls a library function per value where the CPU target lacks the instruction).
enum HalfPrecision {
    /// The exact value of an IEEE 754 binary16 bit pattern.
    @inline(__always)
    static func float(fromHalf bits: UInt16) -> Float {
        let magnitude = UInt32(bits & 0x7FFF) << 13
        let sign = UInt32(bits & 0x8000) << 16
        // Exponents are rebiased by 127 - 15 = 112; infinities and NaN by as much again, to reach 255.
        let rebias: UInt32 = bits & 0x7C00 == 0x7C00 ? 224 << 23 : 112 << 23
        // A subnormal m * 2^-24 becomes 2^-14 * (1 + m / 1024), less 2^-14: exact, with no subnormal operand.
        let smallest = Float(bitPattern: 113 << 23)
        let subnormal = (Float(bitPattern: magnitude &+ 113 << 23) - smallest).bitPattern
        return Float(bitPattern: sign | (bits & 0x7C00 == 0 ? subnormal : magnitude &+ rebias))
    }

    @inline(__always)
    static func float(fromBFloat16 bits: UInt16) -> Float {
        Float(bitPattern: UInt32(bits) << 16)
    }

    /// `-8 * value` as binary16.
    ///
    /// Exact unless it overflows, which gives an infinity; an infinity or NaN stays what it is.
    static func timesMinusEight(_ bits: UInt16) -> UInt16 {
        let sign = ~bits & 0x8000
        let exponent = bits & 0x7C00
        let mantissa = bits & 0x03FF
        if exponent == 0x7C00 {
            return sign | exponent | mantissa
        }
        if exponent == 0 {
            return sign | subnormalTimesEight(mantissa)
        }
        // Three exponent steps; above the largest exponent the product is infinite.
        return exponent >= 28 << 10 ? sign | 0x7C00 : sign | (exponent + 3 << 10) | mantissa
    }

    private static func subnormalTimesEight(_ mantissa: UInt16) -> UInt16 {
        var mantissa = mantissa << 3
        var exponent: UInt16 = 0
        if mantissa >= 0x400 {
            // Normal now: m * 2^-24 with m in [2^(10+e), 2^(11+e)) has exponent field e + 1.
            exponent = 1
            while mantissa >= 0x800 {
                mantissa >>= 1  // m is a multiple of 8, so no bit is lost in at most two halvings
                exponent += 1
            }
            mantissa &= 0x3FF
        }
        return exponent << 10 | mantissa
    }
}
