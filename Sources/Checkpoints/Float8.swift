internal import Tensors

/// The values of the 8-bit float types, which Micikevicius et al. describe in "FP8 Formats for Deep Learning"
/// (https://arxiv.org/abs/2209.05433), section 3, and of their variants without a negative zero.
enum Float8 {
    /// By bit pattern; empty for other types.
    static func values(of dtype: DType) -> [Float] {
        switch dtype {
        case .float8E4M3: e4m3
        case .float8E5M2: e5m2
        case .float8E4M3FNUZ: e4m3FNUZ
        case .float8E5M2FNUZ: e5m2FNUZ
        case .float8E8M0: e8m0
        default: []
        }
    }

    // MARK: - Internals

    private static let e4m3 = table { bits in
        bits & 0x7F == 0x7F ? .nan : value(bits, fractionBits: 3, bias: 7)
    }
    private static let e5m2 = table { bits in
        switch bits & 0x7F {
        case 0x7C: bits & 0x80 == 0 ? .infinity : -.infinity
        case 0x7D...0x7F: .nan
        default: value(bits, fractionBits: 2, bias: 15)
        }
    }
    private static let e4m3FNUZ = table { $0 == 0x80 ? .nan : value($0, fractionBits: 3, bias: 8) }
    private static let e5m2FNUZ = table { $0 == 0x80 ? .nan : value($0, fractionBits: 2, bias: 16) }
    private static let e8m0 = table { bits in
        bits == 0xFF ? .nan : Float(sign: .plus, exponent: Int(bits) - 127, significand: 1)
    }

    private static func table(_ value: (UInt8) -> Float) -> [Float] { (0...UInt8.max).map(value) }

    private static func value(_ bits: UInt8, fractionBits: Int, bias: Int) -> Float {
        let exponent = Int(bits & 0x7F) >> fractionBits
        let fraction = Int(bits) & ((1 << fractionBits) - 1)
        // Subnormal numbers have the smallest normal exponent and no leading one.
        let significand = exponent == 0 ? fraction : fraction + 1 << fractionBits
        let magnitude = Float(
            sign: .plus, exponent: max(exponent, 1) - bias - fractionBits, significand: Float(significand))
        return bits & 0x80 == 0 ? magnitude : -magnitude
    }
}
