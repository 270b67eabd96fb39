/// The element type in which a tiny checkpoint is written; raw values are safetensors dtype names.
package enum TinyStorage: String, Sendable, CaseIterable, Codable {
    case f32 = "F32"
    case f16 = "F16"
    case bf16 = "BF16"

    package var bytesPerElement: Int { self == .f32 ? 4 : 2 }

    /// Little-endian bytes of `values`, rounded to nearest even.
    package func bytes(_ values: [Float]) -> [UInt8] {
        switch self {
        case .f32: LittleEndian.bytes(values)
        case .f16: LittleEndian.bytes(values.map(Self.float16Bits))
        case .bf16: LittleEndian.bytes(values.map(Self.bfloat16Bits))
        }
    }

    /// The values that a reader of this storage gets back.
    package func rounded(_ values: [Float]) -> [Float] {
        switch self {
        case .f32: values
        case .f16: values.map { Self.float(fromFloat16Bits: Self.float16Bits($0)) }
        case .bf16: values.map { Float(bitPattern: UInt32(Self.bfloat16Bits($0)) << 16) }
        }
    }

    // MARK: - Internals

    /// For finite values that do not round to infinity.
    private static func bfloat16Bits(_ value: Float) -> UInt16 {
        let bits = value.bitPattern
        return UInt16((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16)
    }

    /// For values of magnitude below 65504.
    ///
    /// Done by hand because Float16 is missing on Intel Macs.
    private static func float16Bits(_ value: Float) -> UInt16 {
        precondition(value.magnitude < 65504, "tiny weights fit float16")
        let sign: UInt16 = value.sign == .minus ? 0x8000 : 0
        // In float16 a step is 2^-24 for subnormals and normals below 2^-13; it doubles with each exponent.
        let exponent = max(value.magnitude == 0 ? -14 : Int(value.exponent), -14)
        let step = Float(sign: .plus, exponent: exponent - 10, significand: 1)
        let steps = UInt16((value.magnitude / step).rounded(.toNearestOrEven))
        // The leading bit of a normal number carries into the exponent field, as does rounding up.
        return sign + UInt16(exponent + 14) << 10 + steps
    }

    private static func float(fromFloat16Bits bits: UInt16) -> Float {
        let exponent = Int((bits >> 10) & 0x1F)
        let mantissa = Float(bits & 0x3FF) + (exponent == 0 ? 0 : 1024)
        let magnitude = mantissa * Float(sign: .plus, exponent: max(exponent, 1) - 25, significand: 1)
        return bits & 0x8000 == 0 ? magnitude : -magnitude
    }
}
