import CKernels
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

@Suite("sampling kernels")
struct SamplingTests {
    /// Around the ends of vectors and of both kinds of blocks.
    static let lengths = [0] + VectorSupport.lengths + [63, 65, 1023, 1024, 1025, 2049, 49152]

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

    /// Larger first, lower index first among equals; without NaN.
    static func ranked(_ row: [Float]) -> [Int] {
        row.indices.filter { !row[$0].isNaN }.sorted { row[$0] == row[$1] ? $0 < $1 : row[$0] > row[$1] }
    }

    @Test("argmax takes the first of the largest numbers", arguments: VectorISA.supported)
    func argmax(isa: VectorISA) throws {
        let kernels = try isa.kernels()
        for n in Self.lengths {
            for row in Self.rows(length: n) {
                let expected = Self.ranked(row).first ?? 0
                #expect(lmk_argmax(kernels, row, n) == expected, "n = \(n)")
                let scan = lmk_softmax_scan(kernels, row, n)
                #expect(scan.argmax == expected, "n = \(n)")
                #expect(scan.maximum == row.filter { !$0.isNaN }.max() ?? -.infinity, "n = \(n)")
            }
        }
    }

    /// Relative: exponentials within two units in the last place, and fp32 partial sums of 1024 positive terms.
    static let sumBudget = 2e-6

    @Test("softmax_scan agrees with double precision for every length", arguments: VectorISA.supported)
    func softmax(isa: VectorISA) throws {
        let kernels = try isa.kernels()
        for n in Self.lengths where n > 0 {
            var random = VectorRandom(seed: 6)
            var row = random.floats(n, scale: 12)
            if n > 3 { row.replaceSubrange(0..<2, with: [.nan, -.infinity]) }
            // Falling and rising rows never and always change the maximum they have seen.
            for row in [row, row.sorted { !($0 >= $1) }, row.sorted { !($0 <= $1) }] {
                let maximum = row.filter { !$0.isNaN }.max() ?? 0
                let expected = row.filter { !$0.isNaN }.reduce(0.0) { $0 + exp(Double($1) - Double(maximum)) }
                let sum = lmk_softmax_scan(kernels, row, n).sum
                #expect(abs(sum - expected) <= Self.sumBudget * expected, "n = \(n)")
            }
        }
    }

    @Test("block maxima are the blocks' largest numbers", arguments: VectorISA.supported)
    func blockMaxima(isa: VectorISA) throws {
        let kernels = try isa.kernels()
        let block = Int(LMK_MAXIMA_BLOCK)
        for n in Self.lengths {
            for row in Self.rows(length: n) {
                let expected = stride(from: 0, to: n, by: block).map { start in
                    row[start..<min(n, start + block)].filter { !$0.isNaN }.max() ?? -.infinity
                }
                var maxima = [Float](repeating: 0.5, count: expected.count + 1)
                lmk_block_maxima(kernels, row, n, &maxima)
                #expect(same(maxima, expected + [0.5]), "n = \(n)")
            }
        }
    }

    @Test("the largest values equal a stable sort", arguments: VectorISA.supported)
    func largest(isa: VectorISA) throws {
        let kernels = try isa.kernels()
        for n in Self.lengths {
            for row in Self.rows(length: n) {
                let ranked = Self.ranked(row)
                for k in [0, 1, 2, 7, 40, 200, n, n + 3] {
                    for bound: Float in [-.infinity, 0, 1, 29, .infinity] where k < 40 || bound <= 0 {
                        try checkLargest(kernels, row, ranked, k: k, bound: bound)
                    }
                }
            }
        }
    }

    private func checkLargest(
        _ kernels: OpaquePointer, _ row: [Float], _ ranked: [Int], k: Int, bound: Float
    ) throws {
        let n = row.count
        let memory = GuardedBytes(count: lmk_candidate_bytes(n))
        var maxima = [Float](repeating: 0, count: n / Int(LMK_MAXIMA_BLOCK) + 1)
        lmk_block_maxima(kernels, row, n, &maxima)
        let found = lmk_largest(kernels, row, n, maxima, k, bound, memory.base)
        let what: Comment = "n = \(n), k = \(k), bound = \(bound)"
        let notBelow = ranked.prefix { row[$0] >= bound }
        #expect(found.count >= (k == 0 ? notBelow.count : min(k, notBelow.count)), what)
        #expect(!found.reaches_bound || found.count == notBelow.count, what)
        #expect(k == 0 || k > maxima.count ? found.reaches_bound : true, what)
        let expected = Array(notBelow.prefix(found.count))
        #expect(same((0..<found.count).map { Int(found.indices[$0]) }, expected), what)
        let values = (0..<found.count).map { found.values[$0] }
        #expect(same(values.bitPatterns, expected.map { row[$0] }.bitPatterns), what)
        // A cut in the middle of equal values would make the order of the search visible.
        if let last = expected.last, found.count < notBelow.count {
            #expect(row[notBelow[found.count]] < row[last], what)
        }
        for index in 0..<found.count { found.weights[index] = .max }
        #expect(memory.guardIsIntact, what)
    }

    @Test("weights are exponentials within two units in the last place", arguments: VectorISA.supported)
    func weights(isa: VectorISA) throws {
        let kernels = try isa.kernels()
        let one = Double(1 << UInt64(LMK_WEIGHT_BITS))
        var worst = 0.0
        let row = (0...100_000).map { -Float($0) * (40 / 100_000) }
        var weights = [UInt64](repeating: 7, count: row.count + 1)
        lmk_weights(kernels, row, row.count, 0, 1, &weights)
        for (x, weight) in zip(row, weights) {
            let expected = exp(Double(x))
            // Half a unit for the rounding to an integer; a power's own error is counted in its units.
            let error = max(0, abs(Double(weight) - expected * one) - 0.5)
            worst = max(worst, error / (Double(Float(expected).ulp) * one))
        }
        #expect(worst <= 2)
        #expect(weights[0] == UInt64(one) && weights[row.count] == 7)
        let specials: [Float] = [.nan, -.infinity, -1000, 3, 2.3068528]
        lmk_weights(kernels, specials, specials.count, 3, 1, &weights)
        #expect(weights[..<4] == [0, 0, 0, UInt64(one)])
        #expect(abs(Double(weights[4]) / one - 0.5) < 1e-7)
    }

    @Test("sums of weights are exactly their blocks' sums", arguments: VectorISA.supported)
    func weightSums(isa: VectorISA) throws {
        let kernels = try isa.kernels()
        let block = Int(LMK_WEIGHTS_BLOCK)
        for n in Self.lengths {
            var random = VectorRandom(seed: 9)
            var row = random.floats(n, scale: 12)
            if n > 3 { row.replaceSubrange(1..<3, with: [.nan, -.infinity]) }
            for inverseTemperature: Float in [1, 0.5, 3, 0, .greatestFiniteMagnitude] {
                var weights = [UInt64](repeating: 7, count: n + 1)
                lmk_weights(kernels, row, n, 12, inverseTemperature, &weights)
                var sums = [UInt64](repeating: 7, count: (n + block - 1) / block + 1)
                lmk_weight_sums(kernels, row, n, 12, inverseTemperature, &sums)
                let expected = stride(from: 0, to: n, by: block).map { start in
                    weights[start..<min(n, start + block)].reduce(0, +)
                }
                #expect(same(sums, expected + [7]), "n = \(n)")
                #expect(weights[n] == 7)
                #expect(n <= 3 || weights[1..<3] == [0, 0])
            }
        }
    }

    @Test("copies keep the allowed tokens", arguments: VectorISA.supported)
    func copyAllowed(isa: VectorISA) throws {
        let kernels = try isa.kernels()
        for n in Self.lengths {
            var random = VectorRandom(seed: 10)
            let row = random.floats(n, scale: 5)
            let allowed = (0...n / 64).map { $0 % 3 == 2 ? UInt64.max : random.bits() }
            var out = [Float](repeating: 0.5, count: n + 1)
            lmk_copy_allowed(kernels, &out, row, n, allowed)
            let expected = row.enumerated().map { index, value in
                allowed[index / 64] >> UInt64(index % 64) & 1 == 1 ? value : -.infinity
            }
            #expect(same(out, expected + [0.5]), "n = \(n)")
        }
    }
}
