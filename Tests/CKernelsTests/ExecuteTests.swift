import CKernels
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

@Suite("execute")
struct ExecuteTests {
    /// Absolute, for outputs of order 1: fp32 products summed over k, after a normalisation.
    static let budget = 1e-5

    static let isasAndThreads = VectorISA.supported.flatMap { isa in [1, 2, 4].map { (isa, $0) } }

    // MARK: Linear

    @Test("linear applies prologue, row indices, bias and residual", arguments: isasAndThreads)
    func linear(isa: VectorISA, threads: Int) throws {
        let k = 70, n = 45
        let weight = try ExecuteWeight(LMK_FP32, n: n, k: k, seed: 11)
        var random = VectorRandom(seed: 12)
        let input = ExecuteBuffer(random.floats(40 * 2 * k, scale: 2))
        let norm = ExecuteBuffer(random.floats(k)), bias = ExecuteBuffer(random.floats(n))
        let machine = try ExecuteMachine(isa, threads: threads, rows: 40, k: 2 * k)
        for rows in [0, 1, 3, 4, 5, 8, 9, 40] {
            let before = random.floats(rows * n)
            let indices = (0..<rows).map { Int32(($0 * 17 + 3) % 20) }
            for prologue in [LMK_PROLOGUE_NONE, LMK_PROLOGUE_RMSNORM, LMK_PROLOGUE_SILU_MUL] {
                for full in [false, true] {
                    let output = ExecuteBuffer(before)
                    indices.withUnsafeBufferPointer {
                        let linear = lmk_linear(
                            weight, prologue, from: input, to: output, rows: rows, norm: norm,
                            bias: full ? bias : nil, indices: full ? $0.baseAddress : nil, accumulate: full)
                        machine.execute([lmk_command(linear)])
                    }
                    let x = (0..<rows).map {
                        prepared(prologue, input.values, norm.values, full ? Int(indices[$0]) : $0, k)
                    }
                    let extra = full ? (bias.values, before) : nil
                    let error = worstError(output.values, x, weight, extra)
                    #expect(error <= Self.budget, "prologue \(prologue.rawValue), \(rows) rows, \(full)")
                }
            }
        }
        #expect(machine.guardIsIntact)
    }

    /// Of x * weight^T plus bias and residual.
    private func worstError(
        _ result: [Float], _ x: [[Double]], _ weight: ExecuteWeight,
        _ extra: (bias: [Float], before: [Float])?
    ) -> Double {
        var worst = 0.0
        for (row, x) in x.enumerated() {
            for column in 0..<weight.n {
                var expected = (0..<weight.k).reduce(0.0) {
                    $0 + x[$1] * Double(weight.values[column * weight.k + $1])
                }
                let index = row * weight.n + column
                if let extra { expected += Double(extra.bias[column]) + Double(extra.before[index]) }
                let error = abs(Double(result[index]) - expected)
                worst = error.isNaN ? .infinity : max(worst, error)
            }
        }
        return worst
    }

    private func prepared(
        _ prologue: lmk_prologue, _ input: [Float], _ norm: [Float], _ row: Int, _ k: Int
    ) -> [Double] {
        let width = prologue == LMK_PROLOGUE_SILU_MUL ? 2 * k : k
        let x = input[row * width..<(row + 1) * width].map { Double($0) }
        switch prologue {
        case LMK_PROLOGUE_RMSNORM:
            let squares = x.reduce(0) { $0 + $1 * $1 }
            let inverse = 1 / (squares / Double(k) + 1e-5).squareRoot()
            return zip(x, norm).map { $0 * inverse * Double($1) }
        case LMK_PROLOGUE_SILU_MUL: return (0..<k).map { x[$0] / (1 + exp(-x[$0])) * x[k + $0] }
        default: return x
        }
    }

    static let formats: [(lmk_format, UInt32)] = [
        (LMK_FP32, 0), (LMK_FP16, 0), (LMK_BF16, 0), (LMK_W8, 0), (LMK_W8, 32), (LMK_W4, 32), (LMK_W4, 128),
    ]

    @Test("a row's result does not depend on the rows beside it", arguments: isasAndThreads)
    func rowsAreIndependent(isa: VectorISA, threads: Int) throws {
        let k = 192, n = 70, rows = 41
        let machine = try ExecuteMachine(isa, threads: threads, rows: rows, k: 2 * k)
        for (format, group) in Self.formats {
            let weight = try ExecuteWeight(format, group: group, n: n, k: k, seed: 13)
            var random = VectorRandom(seed: 14)
            let input = ExecuteBuffer(random.floats(rows * k, scale: 2))
            let norm = ExecuteBuffer(random.floats(k))
            var results: [[UInt32]] = []
            for batch in [1, 2, 4, 5, 13, rows] {
                let output = ExecuteBuffer(zeros: rows * n)
                for first in stride(from: 0, to: rows, by: batch) {
                    let indices = (first..<min(first + batch, rows)).map { Int32($0) }
                    indices.withUnsafeBufferPointer {
                        var linear = lmk_linear(
                            weight, LMK_PROLOGUE_RMSNORM, from: input, to: output, rows: indices.count,
                            norm: norm, indices: $0.baseAddress)
                        linear.output = output.base + first * n
                        machine.execute([lmk_command(linear)])
                    }
                }
                results.append(output.values.bitPatterns)
            }
            #expect(results.allSatisfy { $0 == results[0] }, "format \(format.rawValue), group \(group)")
            #expect(results[0].contains { $0 != 0 })
        }
        #expect(machine.guardIsIntact)
    }

    // MARK: Small commands

    @Test("embed copies dequantised rows", arguments: isasAndThreads)
    func embed(isa: VectorISA, threads: Int) throws {
        let table = try ExecuteWeight(LMK_W8, n: 100, k: 33, seed: 15)
        let tokens: [Int32] = [99, 0, 7, 7, 42, 1, 98]
        let output = ExecuteBuffer(zeros: tokens.count * 40)
        let machine = try ExecuteMachine(isa, threads: threads, rows: 8, k: 64)
        tokens.withUnsafeBufferPointer {
            machine.execute([
                lmk_command(
                    lmk_embed(
                        table: table.matrix, tokens: $0.baseAddress, output: output.base, output_stride: 40,
                        rows: UInt32(tokens.count)))
            ])
        }
        for (row, token) in tokens.enumerated() {
            let expected = table.values[Int(token) * 33..<Int(token) * 33 + 33]
            #expect(output.values[row * 40..<row * 40 + 33] == expected)
            #expect(output.values[row * 40 + 33..<row * 40 + 40].allSatisfy { $0 == 0 })
        }
    }

    @Test("rmsnorm normalises every row", arguments: isasAndThreads)
    func rmsnorm(isa: VectorISA, threads: Int) throws {
        var random = VectorRandom(seed: 16)
        let n = 50, rows = 9
        let input = ExecuteBuffer(random.floats(rows * n)), weight = ExecuteBuffer(random.floats(n))
        let output = ExecuteBuffer(zeros: rows * n)
        let machine = try ExecuteMachine(isa, threads: threads, rows: rows, k: 64)
        machine.execute([
            lmk_command(
                lmk_rmsnorm(
                    input: input.base, input_stride: n, weight: weight.base, epsilon: 1e-5,
                    output: output.base, output_stride: n, rows: UInt32(rows), n: UInt32(n)))
        ])
        for row in 0..<rows {
            var expected = [Float](repeating: 0, count: n)
            lmk_testing_rmsnorm(machine.kernels, &expected, input.base + row * n, weight.base, n, 1e-5)
            #expect(output.values[row * n..<(row + 1) * n].elementsEqual(expected))
        }
    }

    @Test("denormal numbers survive in the calling thread", arguments: VectorISA.supported)
    func restoresFloatMode(isa: VectorISA) throws {
        let machine = try ExecuteMachine(isa, threads: 2, rows: 1, k: 64)
        let tiny = ExecuteBuffer([Float.leastNonzeroMagnitude, 1])
        machine.execute([])
        var norm = lmk_rmsnorm()
        norm.rows = 0
        machine.execute([lmk_command(norm)])
        #expect(tiny.values[0] * tiny.values[1] > 0)
    }

    @Test("ten thousand quick executions end, on more threads than cores too", arguments: isasAndThreads)
    func manyExecutions(isa: VectorISA, threads: Int) throws {
        let weight = try ExecuteWeight(LMK_FP32, n: 64, k: 8, seed: 17)
        var random = VectorRandom(seed: 18)
        let input = ExecuteBuffer(random.floats(8)), output = ExecuteBuffer(zeros: 64)
        let machine = try ExecuteMachine(isa, threads: threads, rows: 1, k: 8)
        let commands = [lmk_command(lmk_linear(weight, from: input, to: output, rows: 1))]
        machine.execute(commands)
        let first = output.values.bitPatterns
        var different = 0
        for _ in 0..<10_000 {
            for i in 0..<64 { output.base[i] = .nan }
            machine.execute(commands)
            different += output.values.bitPatterns == first ? 0 : 1
        }
        #expect(different == 0)
    }
}
