import CKernels
import Testing

/// A weight format and its group size, as a test argument.
struct LinearKind: Sendable, CustomTestStringConvertible {
    let name: String
    let format: UInt32
    let group: Int

    var lmkFormat: lmk_format { lmk_format(format) }
    var isInteger: Bool { self.format == LMK_W8.rawValue || self.format == LMK_W4.rawValue }
    var testDescription: String { isInteger ? "\(name) group \(group)" : name }

    static let floats = [
        LinearKind(name: "fp32", format: LMK_FP32.rawValue, group: 0),
        LinearKind(name: "fp16", format: LMK_FP16.rawValue, group: 0),
        LinearKind(name: "bf16", format: LMK_BF16.rawValue, group: 0),
    ]
    static let integers =
        [0, 32, 64, 128].map { LinearKind(name: "w8", format: LMK_W8.rawValue, group: $0) }
        + [32, 64, 128].map { LinearKind(name: "w4", format: LMK_W4.rawValue, group: $0) }
    static let all = floats + integers

    /// Input counts with every kind of remainder the format allows.
    var inputCounts: [Int] {
        isInteger && group > 0 ? [32, 64, 96, 160, 224, 576] : [1, 2, 3, 4, 31, 33, 70, 193, 576]
    }

    /// Length of a quantisation group, and how many there are.
    func groupLength(k: Int) -> Int { group == 0 ? k : group }
    func groupCount(k: Int) -> Int { (k + groupLength(k: k) - 1) / groupLength(k: k) }

    /// Whether inputs are rounded to bf16, and summed in the order of an instruction.
    func usesBF16Dot(isa: VectorISA) -> Bool {
        format == LMK_BF16.rawValue && (isa == .avx512 || isa == .neon) && lmk_cpu_has_bf16()
    }

    /// Largest error of a result, relative to the sum of the magnitudes of its terms.
    func budget(isa: VectorISA) -> Double {
        // bf16 activations lose all but 8 bits; two such roundings per product.
        if usesBF16Dot(isa: isa) { return 0x1p-7 }
        // 576 sequential fp32 additions at half an ulp each would be 3.4e-5; they never all line up.
        return isInteger ? 1e-6 : 3e-6
    }
}

/// A random weight matrix: its exact values as the test understands the format, and packed.
final class LinearWeights {
    let kind: LinearKind
    let n: Int
    let k: Int
    /// [n][k] integers of an integer format, [n][groups] scales and offsets.
    private(set) var integers: [Int8] = []
    private(set) var scales: [Float] = []
    private(set) var offsets: [Float] = []
    /// [n][k], what each weight is worth.
    private(set) var values: [Float] = []
    private let storage: GuardedBytes
    private(set) var matrix: lmk_matrix

    init(_ kind: LinearKind, n: Int, k: Int, random: inout VectorRandom) throws {
        self.kind = kind
        self.n = n
        self.k = k
        let bytes = lmk_matrix_bytes(kind.lmkFormat, UInt32(kind.group), UInt64(n), UInt64(k))
        try #require(bytes > 0)
        storage = GuardedBytes(count: bytes)
        matrix = lmk_matrix(
            format: kind.lmkFormat, group: UInt32(kind.group), n: UInt64(n), k: UInt64(k),
            data: UnsafePointer(storage.base.assumingMemoryBound(to: UInt8.self)))
        fill(&random)
        pack(rows: 0..<n)
        try #require(storage.guardIsIntact, "packing wrote outside its storage")
    }

    var data: UnsafeMutablePointer<UInt8> { storage.base.assumingMemoryBound(to: UInt8.self) }
    var bytes: [UInt8] { Array(UnsafeBufferPointer(start: data, count: storage.count)) }

    var isGuardIntact: Bool { storage.guardIsIntact }

    func eraseStorage() { data.update(repeating: 0, count: storage.count) }

    func pack(rows: Range<Int>) {
        let row0 = UInt64(rows.lowerBound), count = UInt64(rows.count), groups = kind.groupCount(k: k)
        let valueRange = rows.lowerBound * k..<rows.upperBound * k
        let groupRange = rows.lowerBound * groups..<rows.upperBound * groups
        switch kind.lmkFormat {
        case LMK_W4:
            lmk_pack_w4(
                &matrix, data, row0, count, integers[valueRange].map { UInt8($0) },
                scales[groupRange].map(lmk_float_to_half), offsets[groupRange].map(lmk_float_to_half))
        case LMK_W8:
            lmk_pack_w8(&matrix, data, row0, count, Array(integers[valueRange]), Array(scales[groupRange]))
        default:
            lmk_pack_float(&matrix, data, row0, count, Array(values[valueRange]))
        }
    }

    /// Values that the format holds exactly.
    private func fill(_ random: inout VectorRandom) {
        guard kind.isInteger else {
            values = (0..<n * k).map { _ in rounded(random.float(0.1)) }
            return
        }
        let isW4 = kind.format == LMK_W4.rawValue
        integers = (0..<n * k).map { _ in
            isW4 ? Int8(random.bits() % 16) : Int8(truncatingIfNeeded: random.bits())
        }
        let groups = kind.groupCount(k: k)
        // Eleven significant bits survive fp16.
        scales = (0..<n * groups).map { _ in Float(random.bits() % 1024 + 1024) * 0x1p-17 }
        offsets = (0..<n * groups).map { _ in isW4 ? -Float(random.bits() % 2048) * 0x1p-14 : 0 }
        values = integerValues
    }

    private var integerValues: [Float] {
        let groups = kind.groupCount(k: k), length = kind.groupLength(k: k)
        return integers.indices.map { index in
            let group = index / k * groups + index % k / length
            return Float(integers[index]) * scales[group] + offsets[group]
        }
    }

    /// Repacks with every integer equal to `value`.
    func replaceIntegers(with value: Int8) {
        integers = [Int8](repeating: value, count: n * k)
        values = integerValues
        eraseStorage()
        pack(rows: 0..<n)
    }

    private func rounded(_ value: Float) -> Float {
        switch kind.lmkFormat {
        case LMK_FP16: lmk_half_to_float(lmk_float_to_half(value))
        case LMK_BF16: lmk_bfloat16_to_float(lmk_float_to_bfloat16(value))
        default: value
        }
    }

    func unpacked(rows: Range<Int>) -> [Float] {
        var out = [Float](repeating: .nan, count: rows.count * k)
        lmk_unpack_rows(&matrix, UInt64(rows.lowerBound), UInt64(rows.count), &out)
        return out
    }
}

/// Where a call's inputs and outputs lie.
struct LinearCall {
    var rows: Int
    var tileRows = 0
    var bias: [Float]?
    var accumulate = false
    /// Floats between the allocation's start and the first row, and behind each row.
    var misalignment = 0
    var padding = 0

    static let sentinel: Float = 12345

    /// rows x n results; `initial` is what the output held before.
    func run(
        _ kernels: OpaquePointer, _ weights: LinearWeights, _ x: [Float], initial: [Float]? = nil
    ) throws -> [Float] {
        let n = weights.n, k = weights.k, inputStride = k + padding, outputStride = n + padding
        var input = [Float](repeating: .nan, count: misalignment + rows * inputStride)
        var output = [Float](repeating: Self.sentinel, count: misalignment + rows * outputStride)
        for row in 0..<rows {
            for i in 0..<k { input[misalignment + row * inputStride + i] = x[row * k + i] }
            guard let initial else { continue }
            for i in 0..<n { output[misalignment + row * outputStride + i] = initial[row * n + i] }
        }
        var matrix = weights.matrix
        let encoded = input.withUnsafeBufferPointer { buffer in
            // SAFETY: the buffer holds `misalignment` floats before the first row.
            lmk_testing_encode(
                kernels, &matrix, buffer.baseAddress.map { $0 + misalignment }, inputStride, UInt32(rows),
                UInt32(tileRows))
        }
        let inputs = try #require(encoded)
        defer { lmk_testing_free(inputs) }
        output.withUnsafeMutableBufferPointer { buffer in
            // SAFETY: as above.
            let start = buffer.baseAddress.map { $0 + misalignment }
            lmk_testing_linear(kernels, &matrix, inputs, bias, accumulate, start, outputStride)
        }
        var result: [Float] = []
        for row in 0..<rows {
            let start = misalignment + row * outputStride
            result += output[start..<start + n]
            let behind = output[(start + n)..<(start + outputStride)]
            #expect(behind.allSatisfy { $0 == Self.sentinel }, "wrote behind row \(row)")
        }
        #expect(output[..<misalignment].allSatisfy { $0 == Self.sentinel }, "wrote before the first row")
        return result
    }
}

/// The linear layer in double precision, on inputs quantised as the formats describe.
struct LinearReference {
    let weights: LinearWeights
    let result: [Double]
    /// Sum of the magnitudes of each result's terms.
    let magnitude: [Double]

    init(_ weights: LinearWeights, _ x: [Float], rows: Int) {
        self.weights = weights
        let n = weights.n, k = weights.k
        var result = [Double](repeating: 0, count: rows * n), magnitude = result
        for row in 0..<rows {
            let inputs = Self.inputs(of: weights, Array(x[row * k..<(row + 1) * k]))
            for column in 0..<n {
                var sum = 0.0, total = 0.0
                for i in 0..<k {
                    let term = inputs[i] * Double(weights.values[column * k + i])
                    sum += term
                    total += abs(term)
                }
                result[row * n + column] = sum
                magnitude[row * n + column] = total
            }
        }
        self.result = result
        self.magnitude = magnitude
    }

    /// What the kernel multiplies: x itself, or per group round(x * 127 / amax) * amax / 127.
    private static func inputs(of weights: LinearWeights, _ x: [Float]) -> [Double] {
        guard weights.kind.isInteger else { return x.map(Double.init) }
        let length = weights.kind.groupLength(k: weights.k)
        var out: [Double] = []
        for start in stride(from: 0, to: x.count, by: length) {
            let group = x[start..<min(start + length, x.count)]
            let largest = group.map(abs).max() ?? 0
            let step = largest / 127, inverse = largest > 0 ? 127 / largest : 0
            out += group.map { Double(($0 * inverse).rounded(.toNearestOrEven)) * Double(step) }
        }
        return out
    }
}
