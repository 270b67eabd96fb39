import CKernels
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

@Suite("rope")
struct RopeTests {
    /// Relative to the rotated pair's length: two products and a sum.
    static let budget = 2e-7

    @Test("rotates halves for every length and leaves the rest alone", arguments: VectorISA.supported)
    func rotates(isa: VectorISA) throws {
        let kernels = try isa.kernels()
        var random = VectorRandom(seed: 4)
        for half in Array(0...33) + [40, 48, 64] {
            let angles = (0..<half).map { _ in Double(random.float(100)) }
            let cosines = angles.map { Float(cos($0)) }, sines = angles.map { Float(sin($0)) }
            let head = random.floats(2 * half + 5, scale: 4)
            var rotated = head
            lmk_testing_rope(kernels, &rotated, cosines, sines, UInt32(2 * half))
            for i in 0..<half {
                let low = Double(head[i]), high = Double(head[i + half]), length = abs(low) + abs(high)
                let expectedLow = low * cos(angles[i]) - high * sin(angles[i])
                let expectedHigh = high * cos(angles[i]) + low * sin(angles[i])
                #expect(abs(Double(rotated[i]) - expectedLow) <= Self.budget * length)
                #expect(abs(Double(rotated[i + half]) - expectedHigh) <= Self.budget * length)
            }
            #expect(rotated[(2 * half)...] == head[(2 * half)...], "touched dimensions behind rotary_dim")
        }
    }
}
