/// bfloat16 bit patterns.
enum BFloat {
    static func value(_ bits: UInt16) -> Float { Float(bitPattern: UInt32(bits) << 16) }

    /// The nearest bfloat16 number, ties to even.
    static func bits(_ value: Float) -> UInt16 {
        guard !value.isNaN else { return 0x7FC0 }
        let pattern = value.bitPattern
        return UInt16(truncatingIfNeeded: (pattern &+ 0x7FFF &+ (pattern >> 16 & 1)) >> 16)
    }
}
