import CKernels
import Testing

@Suite("16-bit floats")
struct LinearConvertTests {
    /// What fp16 bits mean, from IEEE 754: sign, 5 exponent bits (bias 15), 10 fraction bits.
    private func value(ofHalf bits: UInt16) -> Double {
        let sign: Double = bits & 0x8000 == 0 ? 1 : -1
        let exponent = Int(bits >> 10 & 31), fraction = Double(bits & 1023)
        switch exponent {
        case 31: return fraction == 0 ? sign * .infinity : .nan
        case 0: return sign * fraction * 0x1p-24
        default:
            return sign * (1 + fraction / 1024) * Double(sign: .plus, exponent: exponent - 15, significand: 1)
        }
    }

    @Test("every fp16 widens to its value and narrows back")
    func everyHalf() {
        for bits in UInt16.min...UInt16.max {
            let wide = lmk_half_to_float(bits), expected = value(ofHalf: bits)
            if expected.isNaN {
                #expect(wide.isNaN && lmk_half_to_float(lmk_float_to_half(wide)).isNaN)
            } else {
                #expect(Double(wide) == expected && lmk_float_to_half(wide) == bits)
            }
        }
    }

    @Test("narrowing to fp16 rounds to nearest, ties to even")
    func halfRounding() {
        for bits in UInt16(0)..<0x7bff {
            let low = lmk_half_to_float(bits), high = lmk_half_to_float(bits + 1)
            let middle = (low + high) / 2
            #expect(lmk_float_to_half(middle) == (bits % 2 == 0 ? bits : bits + 1))
            #expect(lmk_float_to_half(middle.nextDown) == bits)
            #expect(lmk_float_to_half(middle.nextUp) == bits + 1)
            #expect(lmk_float_to_half(-middle.nextUp) == (bits + 1) | 0x8000)
        }
    }

    @Test("fp16 overflows to infinity and underflows to zero")
    func halfLimits() {
        #expect(lmk_float_to_half(65519.99) == 0x7bff)
        #expect(lmk_float_to_half(65520) == 0x7c00)
        #expect(lmk_float_to_half(.greatestFiniteMagnitude) == 0x7c00)
        #expect(lmk_float_to_half(-.infinity) == 0xfc00)
        #expect(lmk_float_to_half(0x1p-25) == 0)
        #expect(lmk_float_to_half(Float(0x1p-25).nextUp) == 1)
        #expect(lmk_float_to_half(-.leastNonzeroMagnitude) == 0x8000)
    }

    @Test("every bf16 widens to its value and narrows back")
    func everyBFloat16() {
        for bits in UInt16.min...UInt16.max {
            let wide = lmk_bfloat16_to_float(bits)
            #expect(wide.bitPattern == UInt32(bits) << 16)
            if wide.isNaN {
                #expect(lmk_bfloat16_to_float(lmk_float_to_bfloat16(wide)).isNaN)
            } else {
                #expect(lmk_float_to_bfloat16(wide) == bits)
            }
        }
    }

    @Test("narrowing to bf16 rounds to nearest, ties to even")
    func bfloat16Rounding() {
        for bits in UInt32(0)..<0x7f80 {
            let even = bits % 2 == 0
            let cases: [(UInt32, UInt32)] = [
                (0x7fff, bits), (0x8000, even ? bits : bits + 1), (0x8001, bits + 1), (0, bits),
            ]
            for (low, expected) in cases {
                #expect(lmk_float_to_bfloat16(Float(bitPattern: bits << 16 | low)) == UInt16(expected))
                #expect(
                    lmk_float_to_bfloat16(-Float(bitPattern: bits << 16 | low)) == UInt16(expected | 0x8000))
            }
        }
        #expect(lmk_float_to_bfloat16(.greatestFiniteMagnitude) == 0x7f80)
        #expect(lmk_bfloat16_to_float(lmk_float_to_bfloat16(Float(bitPattern: 0x7f80_0001))).isNaN)
    }

    @Test("rows convert like single values", arguments: [0, 1, 7, 8, 31, 33, 1000])
    func rows(count: Int) {
        var random = VectorRandom(seed: 40)
        let bits = (0..<count).map { _ in UInt16(truncatingIfNeeded: random.bits()) }
        var out = [Float](repeating: 0, count: count)
        lmk_half_to_float_row(bits, &out, count)
        #expect(out.bitPatterns == bits.map(lmk_half_to_float).bitPatterns)
        lmk_bfloat16_to_float_row(bits, &out, count)
        #expect(out.bitPatterns == bits.map(lmk_bfloat16_to_float).bitPatterns)
    }
}

@Suite("instruction sets")
struct LinearISATests {
    @Test("have names and kernels exactly where the CPU supports them", arguments: VectorISA.allCases)
    func table(isa: VectorISA) {
        let raw = lmk_isa(isa.rawValue)
        #expect(String(cString: lmk_isa_name(raw)) == "\(isa)")
        #expect((lmk_kernels_for(raw) != nil) == lmk_isa_supported(raw))
    }

    @Test("the best one is supported, and the portable one always is")
    func best() {
        #expect(lmk_isa_supported(lmk_isa_best()) && lmk_isa_supported(LMK_ISA_GENERIC))
        #expect(VectorISA.supported.last?.rawValue == lmk_isa_best().rawValue)
        #expect(!lmk_cpu_has_bf16() || [LMK_ISA_AVX512, LMK_ISA_NEON].contains(lmk_isa_best()))
        #expect(!lmk_cpu_has_i8mm() || lmk_isa_supported(LMK_ISA_NEON))
        #expect(
            lmk_kernels_for(lmk_isa(99)) == nil && String(cString: lmk_isa_name(lmk_isa(99))) == "unknown")
    }
}
