import Tensors
import Testing
import TurboMind

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A sampler with rows of logits of its own.
struct SamplerBench {
    static let isas = InstructionSet.allCases.filter(\.isSupported)

    let sampler: Sampler
    private let buffer: FloatBuffer
    private let stride: Int
    private let vocabulary: Int

    init(_ rows: [[Float]], isa: InstructionSet = .best, threads: Int = 1) throws {
        vocabulary = rows[0].count
        // Rows do not touch, and what is between them must not matter.
        stride = vocabulary + 3
        buffer = try FloatBuffer(count: rows.count * stride, for: "logits")
        buffer.elements.update(repeating: .infinity)
        for (index, row) in rows.enumerated() {
            for (token, logit) in row.enumerated() { buffer.pointer[index * stride + token] = logit }
        }
        sampler = try Sampler(
            kernels: try #require(Kernels(isa)), pool: WorkerPool(threads: threads), vocabulary: vocabulary)
    }

    func sample(_ items: [Sampler.Item]) -> [SampledTokens] {
        var results = [SampledTokens](repeating: SampledTokens(), count: 2)
        sampler.sample(items, logits: RowPointer(buffer.pointer, stride: stride), into: &results)
        return results
    }

    /// Samples row 0 once.
    func sample(_ state: SamplingState, allowed: TokenMask? = nil) -> SampledTokens {
        sample([Sampler.Item(state: state, firstRow: 0, allowed: allowed.map { [$0] } ?? [])])[0]
    }

    func row(_ index: Int) -> [Float] {
        (0..<vocabulary).map { buffer.pointer[index * stride + $0] }
    }
}

/// SplitMix64: the same numbers on every machine.
struct SamplerRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// Normally distributed, by Box and Muller.
    mutating func normal(_ deviation: Double) -> Float {
        let radius = (-2 * log(Double.random(in: 0x1p-53..<1, using: &self))).squareRoot()
        return Float(deviation * radius * cos(2 * .pi * Double.random(in: 0..<1, using: &self)))
    }

    mutating func row(_ vocabulary: Int, deviation: Double = 3) -> [Float] {
        (0..<vocabulary).map { _ in normal(deviation) }
    }

    /// As a trained model's: a few likely tokens, and a long tail.
    mutating func peakedRow(_ vocabulary: Int) -> [Float] {
        var row = row(vocabulary, deviation: 2)
        for rank in 0..<min(40, vocabulary) {
            row[Int.random(in: 0..<vocabulary, using: &self)] = 14 - 1.6 * log(Float(rank + 1))
        }
        return row
    }
}

/// Sampling as a textbook has it: double precision, full sorts, no shortcuts.
struct ReferenceDistribution {
    /// Tokens that can be drawn, in the order in which their probabilities are laid out in 0...1.
    let tokens: [Int]
    /// Where the probabilities of `tokens` end.
    let ends: [Double]

    init(_ logits: [Float], _ parameters: SamplingParameters) {
        let numbers = logits.indices.filter { !logits[$0].isNaN && logits[$0] != -.infinity }
        let maximum = Double(numbers.map { logits[$0] }.max() ?? 0)
        func weight(_ token: Int) -> Double {
            exp((Double(logits[token]) - maximum) / Double(parameters.temperature))
        }
        var kept = numbers.map { (token: $0, weight: weight($0)) }
        let hasTopK = parameters.topK > 0 && parameters.topK < logits.count
        if hasTopK || parameters.topP < 1 || parameters.minP > 0 {
            kept.sort {
                logits[$0.token] == logits[$1.token] ? $0.token < $1.token : $0.weight > $1.weight
            }
        }
        if hasTopK { kept = Array(kept.prefix(parameters.topK)) }
        if parameters.topP < 1 {
            let share = Double(parameters.topP) * kept.reduce(0) { $0 + $1.weight }
            var sum = 0.0
            let last =
                kept.firstIndex {
                    sum += $0.weight; return sum > share
                } ?? kept.count - 1
            kept = Array(kept[...last])
        }
        if parameters.minP > 0 { kept.removeAll { $0.weight < Double(parameters.minP) } }
        let total = kept.reduce(0) { $0 + $1.weight }
        var sum = 0.0
        tokens = kept.map(\.token)
        ends = kept.map {
            sum += $0.weight; return sum / total
        }
    }

    func probabilities(vocabulary: Int) -> [Double] {
        var probabilities = [Double](repeating: 0, count: vocabulary)
        for (index, token) in tokens.enumerated() {
            probabilities[token] = ends[index] - (index == 0 ? 0 : ends[index - 1])
        }
        return probabilities
    }

    /// How far `number`, in 0..<1, is from the interval of `token`; infinity when it cannot be drawn.
    func distance(of token: Int32, from number: Float) -> Double {
        guard let index = tokens.firstIndex(of: Int(token)) else { return .infinity }
        let start = index == 0 ? 0 : ends[index - 1]
        return max(0, start - Double(number), Double(number) - ends[index])
    }
}
