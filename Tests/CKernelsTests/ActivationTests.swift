import CKernels
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

@Suite("silu_mul")
struct ActivationTests {
    /// Relative: an exponential of 2 units in the last place, a sum, a quotient, a product.
    static let budget = 6e-7
    /// Where e^-x overflows, the true value is below this and the kernel returns zero.
    static let flushed = 1e-35

    @Test("agrees with double precision for every length and alignment", arguments: VectorISA.supported)
    func agreesWithReference(isa: VectorISA) throws {
        let kernels = try isa.kernels()
        var random = VectorRandom(seed: 3)
        for n in VectorSupport.lengths {
            for offset in 0..<3 {
                let gate = random.floats(n + offset, scale: 20), up = random.floats(n + offset, scale: 2)
                var out = [Float](repeating: 7, count: n + offset + 1)
                out.withUnsafeMutableBufferPointer { out in
                    gate.withUnsafeBufferPointer { gate in
                        up.withUnsafeBufferPointer { up in
                            // SAFETY: all three arrays hold at least offset + n floats.
                            lmk_testing_silu_mul(
                                kernels, out.baseAddress! + offset, gate.baseAddress! + offset,
                                up.baseAddress! + offset, n)
                        }
                    }
                }
                let wrong = (offset..<offset + n).filter {
                    let expected = silu(gate[$0]) * Double(up[$0])
                    return !(abs(Double(out[$0]) - expected) <= Self.budget * abs(expected) + Self.flushed)
                }
                #expect(wrong.isEmpty, "n = \(n)")
                #expect(out[..<offset].allSatisfy { $0 == 7 } && out[offset + n] == 7, "\(n): wrote outside")
            }
        }
    }

    @Test("is finite and right for every finite gate", arguments: VectorISA.supported)
    func extremes(isa: VectorISA) throws {
        let kernels = try isa.kernels()
        let magnitudes: [Float] = [
            0, .leastNonzeroMagnitude, .leastNormalMagnitude, 1e-20, 1e-3, 1, 20, 86.9, 87.3, 87.4, 88, 88.37,
            88.4, 88.7, 88.73, 89, 100, 127, 128, 1000, 1e10, 1e30, .greatestFiniteMagnitude,
        ]
        let gate = magnitudes + magnitudes.map { -$0 }
        var out = [Float](repeating: .nan, count: gate.count)
        lmk_testing_silu_mul(kernels, &out, gate, [Float](repeating: 1, count: gate.count), gate.count)
        for (x, y) in zip(gate, out) {
            let expected = silu(x)
            #expect(y.isFinite, "silu(\(x))")
            let error = abs(Double(y) - expected)
            #expect(error <= Self.budget * abs(expected) + Self.flushed, "silu(\(x)) = \(y)")
        }
    }

    private func silu(_ x: Float) -> Double { Double(x) / (1 + exp(-Double(x))) }
}
