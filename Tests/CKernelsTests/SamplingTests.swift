import CKernels
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

@Suite("sampling helpers")
struct SamplingTests {
    static let lengths = [0] + VectorSupport.lengths + [49152]

    /// Rows that reach every branch: spread values, many ties, rising, falling, NaN, infinities.
    static func rows(length n: Int) -> [[Float]] {
        var random = VectorRandom(seed: UInt64(n) + 5)
        let spread = random.floats(n, scale: 30)
        let ties = (0..<n).map { _ in Float(Int(random.bits() % 5)) - 2 }
        let rising = (0..<n).map { Float($0) }
        let specials: [Float] = [.nan, .infinity, -.infinity, 0, -0.0, 1]
        let special = (0..<n).map { _ in specials[Int(random.bits() % 6)] }
        let lowest = (0..<n).map { _ in random.bits() % 2 == 0 ? Float.nan : -.infinity }
        return [
            spread, ties, rising, rising.reversed(), special, lowest, [Float](repeating: .nan, count: n),
            [Float](repeating: -.infinity, count: n),
        ]
    }

    /// Larger first, NaN behind every number, lower index first among equals.
    static func ranked(_ row: [Float]) -> [Int] {
        row.indices.sorted { a, b in
            let x = row[a], y = row[b]
            if x.isNaN != y.isNaN { return y.isNaN }
            return x.isNaN || x == y ? a < b : x > y
        }
    }

    @Test("argmax takes the first of the largest numbers", arguments: VectorISA.supported)
    func argmax(isa: VectorISA) throws {
        let kernels = try isa.kernels()
        for n in Self.lengths {
            for row in Self.rows(length: n) {
                #expect(lmk_argmax(kernels, row, n) == Self.ranked(row).first ?? 0, "n = \(n)")
            }
        }
    }

    @Test("top_k equals a stable sort", arguments: VectorISA.supported)
    func topK(isa: VectorISA) throws {
        let kernels = try isa.kernels()
        for n in Self.lengths {
            for row in Self.rows(length: n) {
                let ranked = Self.ranked(row)
                for k in [0, 1, 2, 7, 40, n, n + 3] where k <= 5000 {
                    var indices = [Int32](repeating: -7, count: k + 1)
                    var values = [Float](repeating: 0.5, count: k + 1)
                    let written = lmk_top_k(kernels, row, n, k, &indices, &values)
                    let expected = ranked.prefix(k)
                    #expect(written == min(k, n))
                    let found = indices.prefix(written).map { Int($0) }
                    #expect(same(found, Array(expected)), "n = \(n), k = \(k)")
                    let bits = expected.map { row[$0].bitPattern }
                    #expect(same(values.prefix(written).map(\.bitPattern), bits))
                    #expect(indices[written...].allSatisfy { $0 == -7 }, "wrote behind the result")
                }
            }
        }
    }

    @Test("e^x is within two units in the last place", arguments: VectorISA.supported)
    func exponential(isa: VectorISA) throws {
        let kernels = try isa.kernels()
        var worst = 0.0
        for step in 0...200_000 {
            let x = -87.3 + Float(step) * (175.6 / 200_000)
            let power = lmk_sum_exp(kernels, [x], 1, 0, 1)
            let expected = exp(Double(x))
            worst = max(worst, abs(Double(power) - expected) / Double(Float(expected).ulp))
        }
        #expect(worst <= 2)
        #expect(lmk_sum_exp(kernels, [-Float.infinity], 1, 0, 1) == 0)
        #expect(lmk_sum_exp(kernels, [Float(-1000)], 1, 0, 1) == 0)
        #expect(lmk_sum_exp(kernels, [Float(100)], 1, 0, 1) == .infinity)
        #expect(lmk_sum_exp(kernels, [Float.nan], 1, 0, 1).isNaN)
    }

    /// Relative: fp32 partial sums of up to 49152 positive terms.
    static let sumBudget = 5e-6

    @Test("sum_exp agrees with double precision for every length", arguments: VectorISA.supported)
    func sumExp(isa: VectorISA) throws {
        let kernels = try isa.kernels()
        for n in Self.lengths {
            var random = VectorRandom(seed: 6)
            var row = random.floats(n, scale: 12)
            if n > 3 { row[n / 2] = -.infinity }
            let maximum = row.max() ?? 0
            for inverseTemperature: Float in [1, 0.5, 3] {
                let sum = Double(lmk_sum_exp(kernels, row, n, maximum, inverseTemperature))
                let expected = row.reduce(0.0) {
                    $0 + exp((Double($1) - Double(maximum)) * Double(inverseTemperature))
                }
                #expect(abs(sum - expected) <= Self.sumBudget * expected, "n = \(n)")
            }
        }
    }
}
