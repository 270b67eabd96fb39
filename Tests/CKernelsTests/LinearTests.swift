import CKernels
import Testing

@Suite("linear layers")
struct LinearTests {
    static let rowCounts = [1, 2, 3, 4, 5, 7, 8, 9, 13, 33]
    static let columnCounts = [1, 31, 32, 33, 70, 100]

    @Test(
        "agree with double precision; a row's bits do not depend on how many rows there are",
        arguments: VectorISA.supported, LinearKind.all)
    func agreesWithReference(isa: VectorISA, kind: LinearKind) throws {
        let kernels = try isa.kernels()
        var random = VectorRandom(seed: 1)
        for n in Self.columnCounts {
            for k in kind.inputCounts {
                let weights = try LinearWeights(kind, n: n, k: k, random: &random)
                let most = Self.rowCounts.max() ?? 1
                let x = random.floats(most * k, scale: 2)
                let all = try LinearCall(rows: most).run(kernels, weights, x)
                let expected = LinearReference(weights, x, rows: most)
                var worst = 0.0
                for i in 0..<all.count {
                    let error = abs(Double(all[i]) - expected.result[i])
                    worst = max(worst, error / max(expected.magnitude[i], .leastNormalMagnitude))
                }
                #expect(worst <= kind.budget(isa: isa), "n = \(n), k = \(k)")
                for rows in Self.rowCounts {
                    let some = try LinearCall(rows: rows).run(kernels, weights, x)
                    #expect(
                        some.bitPatterns == Array(all.bitPatterns[..<(rows * n)]), "\(rows) x \(n) x \(k)")
                }
            }
        }
    }

    @Test("give the same bits for every tile size", arguments: VectorISA.supported, LinearKind.all)
    func tileSizeDoesNotMatter(isa: VectorISA, kind: LinearKind) throws {
        let kernels = try isa.kernels()
        var random = VectorRandom(seed: 2)
        let weights = try LinearWeights(kind, n: 70, k: 224, random: &random)
        let x = random.floats(150 * 224)
        let expected = try LinearCall(rows: 150).run(kernels, weights, x)
        for tileRows in 1...Int(lmk_testing_tile_rows(kernels, kind.lmkFormat)) {
            let result = try LinearCall(rows: 150, tileRows: tileRows).run(kernels, weights, x)
            #expect(result.bitPatterns == expected.bitPatterns, "tiles of \(tileRows) rows")
        }
    }

    @Test("give the bits of the portable kernels", arguments: VectorISA.supported, LinearKind.all)
    func everyInstructionSetAgrees(isa: VectorISA, kind: LinearKind) throws {
        let kernels = try isa.kernels(), portable = try VectorISA.generic.kernels()
        let usesBF16Dot = kind.usesBF16Dot(isa: isa)
        var random = VectorRandom(seed: 3)
        for k in kind.inputCounts {
            let weights = try LinearWeights(kind, n: 70, k: k, random: &random)
            let x = random.floats(9 * k)
            let result = try LinearCall(rows: 9).run(kernels, weights, x)
            let expected = try LinearCall(rows: 9).run(portable, weights, x)
            if usesBF16Dot {
                let reference = LinearReference(weights, x, rows: 9)
                for i in 0..<result.count {
                    let error = abs(Double(result[i]) - reference.result[i])
                    #expect(error <= kind.budget(isa: isa) * reference.magnitude[i])
                }
            } else {
                #expect(result.bitPatterns == expected.bitPatterns, "k = \(k)")
            }
        }
    }

    @Test("add bias and residual, and write nothing else", arguments: VectorISA.supported, LinearKind.all)
    func biasAndResidual(isa: VectorISA, kind: LinearKind) throws {
        let kernels = try isa.kernels()
        var random = VectorRandom(seed: 4)
        for n in Self.columnCounts {
            let weights = try LinearWeights(kind, n: n, k: 96, random: &random)
            for rows in [1, 5] {
                let x = random.floats(rows * 96), bias = random.floats(n), residual = random.floats(rows * n)
                let plain = try LinearCall(rows: rows, padding: 3).run(kernels, weights, x)
                let biased = try LinearCall(rows: rows, bias: bias, padding: 3).run(kernels, weights, x)
                let added = try LinearCall(rows: rows, bias: bias, accumulate: true, padding: 3)
                    .run(kernels, weights, x, initial: residual)
                let accumulated = try LinearCall(rows: rows, accumulate: true, padding: 3)
                    .run(kernels, weights, x, initial: residual)
                for i in 0..<rows * n {
                    #expect(biased[i] == plain[i] + bias[i % n])
                    #expect(added[i] == residual[i] + biased[i])
                    #expect(accumulated[i] == residual[i] + plain[i])
                }
            }
        }
    }

    @Test("take inputs and outputs at any alignment", arguments: VectorISA.supported, LinearKind.all)
    func misaligned(isa: VectorISA, kind: LinearKind) throws {
        let kernels = try isa.kernels()
        var random = VectorRandom(seed: 5)
        let weights = try LinearWeights(kind, n: 33, k: 160, random: &random)
        for rows in [1, 7] {
            let x = random.floats(rows * 160)
            let expected = try LinearCall(rows: rows).run(kernels, weights, x)
            for misalignment in 1...5 {
                let call = LinearCall(rows: rows, misalignment: misalignment, padding: misalignment)
                let result = try call.run(kernels, weights, x)
                #expect(result.bitPatterns == expected.bitPatterns)
            }
        }
    }

    @Test("hold the largest integers exactly", arguments: VectorISA.supported, LinearKind.integers)
    func extremeIntegers(isa: VectorISA, kind: LinearKind) throws {
        let kernels = try isa.kernels(), k = 1024
        var random = VectorRandom(seed: 6)
        let extremes: [Int8] = kind.format == LMK_W4.rawValue ? [0, 15] : [-128, 127]
        let weights = try LinearWeights(kind, n: 32, k: k, random: &random)
        for weight in extremes {
            weights.replaceIntegers(with: weight)
            for signs: [Float] in [[1], [-1], [1, -1]] {
                let x = (0..<2 * k).map { signs[$0 % signs.count] }
                let expected = LinearReference(weights, x, rows: 2)
                for rows in [1, 2] {
                    let result = try LinearCall(rows: rows).run(kernels, weights, x)
                    for i in 0..<rows * 32 {
                        let error = abs(Double(result[i]) - expected.result[i])
                        #expect(
                            error <= kind.budget(isa: isa) * expected.magnitude[i], "weights of \(weight)")
                    }
                }
            }
        }
    }
}

@Suite("activation encoding")
struct LinearEncodingTests {
    /// Rms error of int8 activations relative to the result's rms. A step is amax / 127 and its rounding
    /// error step / sqrt(12); uniform inputs have rms amax / sqrt(3): 0.5 / 127 = 0.4 %.
    static let quantisationBudget = 6e-3

    @Test("int8 activations cost little accuracy", arguments: VectorISA.supported, LinearKind.integers)
    func quantisationError(isa: VectorISA, kind: LinearKind) throws {
        let kernels = try isa.kernels(), n = 96, k = 576, rows = 4
        var random = VectorRandom(seed: 7)
        let weights = try LinearWeights(kind, n: n, k: k, random: &random)
        let x = random.floats(rows * k)
        let result = try LinearCall(rows: rows).run(kernels, weights, x)
        var error = 0.0, power = 0.0
        for row in 0..<rows {
            for column in 0..<n {
                let exact = (0..<k).reduce(0.0) {
                    $0 + Double(x[row * k + $1]) * Double(weights.values[column * k + $1])
                }
                error +=
                    (Double(result[row * n + column]) - exact) * (Double(result[row * n + column]) - exact)
                power += exact * exact
            }
        }
        #expect((error / power).squareRoot() <= Self.quantisationBudget)
    }

    @Test(
        "rows of zeros and of vanishing values give zero", arguments: VectorISA.supported, LinearKind.integers
    )
    func zeros(isa: VectorISA, kind: LinearKind) throws {
        let kernels = try isa.kernels(), k = 96
        var random = VectorRandom(seed: 8)
        let weights = try LinearWeights(kind, n: 33, k: k, random: &random)
        for value: Float in [0, -0.0, .leastNonzeroMagnitude, 1e-38, -1e-31] {
            for rows in [1, 3] {
                let x = [Float](repeating: value, count: rows * k)
                let result = try LinearCall(rows: rows).run(kernels, weights, x)
                #expect(result.allSatisfy { $0 == 0 }, "inputs of \(value)")
            }
        }
    }

    @Test("the smallest and largest encodable inputs keep their precision", arguments: VectorISA.supported)
    func extremeMagnitudes(isa: VectorISA) throws {
        let kernels = try isa.kernels(), k = 64
        var random = VectorRandom(seed: 9)
        let kind = LinearKind(name: "w8", format: LMK_W8.rawValue, group: 32)
        let weights = try LinearWeights(kind, n: 5, k: k, random: &random)
        for scale: Float in [1e-29, 1e-10, 1e10, 1e36] {
            let x = random.floats(k).map { $0 * scale }
            let result = try LinearCall(rows: 1).run(kernels, weights, x)
            let expected = LinearReference(weights, x, rows: 1)
            for i in 0..<5 {
                #expect(
                    abs(Double(result[i]) - expected.result[i]) <= kind.budget(isa: isa)
                        * expected.magnitude[i])
            }
        }
    }

    @Test(
        "a non-finite input makes its own row NaN and no other", arguments: VectorISA.supported,
        LinearKind.all)
    func nonFinite(isa: VectorISA, kind: LinearKind) throws {
        let kernels = try isa.kernels(), k = 96, n = 33
        var random = VectorRandom(seed: 10)
        let weights = try LinearWeights(kind, n: n, k: k, random: &random)
        let clean = random.floats(5 * k)
        let expected = try LinearCall(rows: 5).run(kernels, weights, clean)
        for value: Float in [.nan, .infinity, -.infinity, .signalingNaN] {
            for position in [0, 17, 95] {
                var x = clean
                x[2 * k + position] = value
                let result = try LinearCall(rows: 5).run(kernels, weights, x)
                #expect(result[(2 * n)..<(3 * n)].allSatisfy { !$0.isFinite })
                #expect(result[..<(2 * n)] == expected[..<(2 * n)])
                #expect(result[(3 * n)...] == expected[(3 * n)...])
                let alone = try LinearCall(rows: 1).run(kernels, weights, Array(x[(2 * k)..<(3 * k)]))
                #expect(alone.allSatisfy { !$0.isFinite })
            }
        }
    }

    @Test("tiles larger than the kernels' and empty batches are refused", arguments: VectorISA.supported)
    func refusals(isa: VectorISA) throws {
        let kernels = try isa.kernels()
        var random = VectorRandom(seed: 11)
        let weights = try LinearWeights(LinearKind.floats[0], n: 1, k: 4, random: &random)
        var matrix = weights.matrix
        let x = random.floats(4)
        #expect(lmk_testing_encode(kernels, &matrix, x, 4, 0, 0) == nil)
        let tooMany = lmk_testing_tile_rows(kernels, LMK_FP32) + 1
        #expect(lmk_testing_encode(kernels, &matrix, x, 4, 1, tooMany) == nil)
    }
}
