/// Random numbers that depend on a seed and a position only: the same request draws the same numbers
/// whatever ran before it or beside it.
///
/// The output function is SplitMix64's finaliser (Steele, Lea and Flood 2014), applied to seed and counter
/// in turn so that neighbouring seeds and positions give unrelated numbers.
package enum CounterRandom {
    /// A number in 0..<1 with 24 random bits.
    package static func uniform(seed: UInt64, position: Int) -> Float {
        Float(bits(seed: seed, position: position)) * 0x1p-24
    }

    /// ``uniform(seed:position:)`` times `bound`, rounded down.
    package static func integer(below bound: UInt64, seed: UInt64, position: Int) -> UInt64 {
        let (high, low) = bound.multipliedFullWidth(by: bits(seed: seed, position: position))
        return high << 40 | low >> 24
    }

    /// 24 random bits.
    private static func bits(seed: UInt64, position: Int) -> UInt64 {
        mix(mix(seed) &+ UInt64(truncatingIfNeeded: position) &* 0x9E37_79B9_7F4A_7C15) >> 40
    }

    private static func mix(_ value: UInt64) -> UInt64 {
        var z = value &+ 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
