import CKernels
import Testing

@Suite("rmsnorm")
struct NormTests {
    /// Relative: a sum of squares in fp32 partial sums, a square root, two products.
    static let budget = 2e-6

    @Test("agrees with double precision for every length and alignment", arguments: VectorISA.supported)
    func agreesWithReference(isa: VectorISA) throws {
        let kernels = try isa.kernels()
        var random = VectorRandom(seed: 1)
        for n in VectorSupport.lengths {
            for offset in 0..<3 {
                let x = random.floats(n + offset, scale: 3), weight = random.floats(n + offset, scale: 2)
                var out = [Float](repeating: 7, count: n + offset + 1)
                normalise(kernels, &out, x, weight, offset: offset, n: n)
                let expected = reference(Array(x[offset...]), Array(weight[offset...]))
                let errors = zip(out[offset...], expected).map { abs(Double($0) - $1) / max(abs($1), 1e-24) }
                #expect(errors.max() ?? .nan <= Self.budget, "n = \(n)")
                #expect(out[..<offset].allSatisfy { $0 == 7 } && out[offset + n] == 7, "\(n): wrote outside")
            }
        }
    }

    @Test("may write over its input", arguments: VectorISA.supported)
    func worksInPlace(isa: VectorISA) throws {
        let kernels = try isa.kernels()
        var random = VectorRandom(seed: 2)
        let x = random.floats(577), weight = random.floats(577)
        var separate = [Float](repeating: 0, count: 577), inPlace = x
        lmk_testing_rmsnorm(kernels, &separate, x, weight, 577, 1e-5)
        inPlace.withUnsafeMutableBufferPointer {
            lmk_testing_rmsnorm(kernels, $0.baseAddress, $0.baseAddress, weight, 577, 1e-5)
        }
        #expect(separate.bitPatterns == inPlace.bitPatterns)
    }

    @Test("a row of zeros stays zero", arguments: VectorISA.supported)
    func zeros(isa: VectorISA) throws {
        let kernels = try isa.kernels()
        var out = [Float](repeating: 1, count: 40)
        lmk_testing_rmsnorm(
            kernels, &out, [Float](repeating: 0, count: 40), [Float](repeating: 3, count: 40), 40, 1e-6)
        #expect(out.allSatisfy { $0 == 0 })
    }

    private func normalise(
        _ kernels: OpaquePointer, _ out: inout [Float], _ x: [Float], _ weight: [Float], offset: Int, n: Int
    ) {
        out.withUnsafeMutableBufferPointer { out in
            x.withUnsafeBufferPointer { x in
                weight.withUnsafeBufferPointer { weight in
                    guard let out = out.baseAddress, let x = x.baseAddress, let weight = weight.baseAddress
                    else { return }
                    // SAFETY: all three arrays hold at least offset + n floats.
                    lmk_testing_rmsnorm(kernels, out + offset, x + offset, weight + offset, n, 1e-5)
                }
            }
        }
    }

    private func reference(_ x: [Float], _ weight: [Float]) -> [Double] {
        let squares = x.reduce(0.0) { $0 + Double($1) * Double($1) }
        let inverse = 1 / (squares / Double(x.count) + Double(Float(1e-5))).squareRoot()
        return zip(x, weight).map { Double($0) * inverse * Double($1) }
    }
}
