package import Tensors

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// Chooses tokens from logits: repetition penalty, minimum length, temperature, top-k, top-p, min-p, draw.
package final class Sampler {
    private let kernels: Kernels
    private let vocabulary: Int
    private var indices: [Int32]
    private var values: [Float]

    /// Candidates looked at first when top-p or min-p cut a sorted distribution; most of the
    /// probability of a trained model lies in far fewer tokens.
    private static let firstCandidates = 256

    package init(kernels: Kernels, vocabulary: Int) {
        self.kernels = kernels
        self.vocabulary = vocabulary
        indices = Array(repeating: 0, count: vocabulary)
        values = Array(repeating: 0, count: vocabulary)
    }

    /// - Parameters:
    ///   - logits: one row of `vocabulary` values; changed in place.
    ///   - history: which tokens the sequence holds.
    ///   - banned: tokens that may not be chosen now.
    ///   - position: absolute position of the token to choose.
    /// - Returns: the token, or `nil` when no logit is a finite number.
    package func sample(
        logits: UnsafeMutableBufferPointer<Float>, parameters: SamplingParameters, history: TokenSet,
        banned: [Int32], position: Int
    ) -> Int32? {
        if parameters.repetitionPenalty != 1 {
            history.forEach { token in
                let logit = logits[token]
                logits[token] =
                    logit > 0 ? logit / parameters.repetitionPenalty : logit * parameters.repetitionPenalty
            }
        }
        for token in banned where token >= 0 && Int(token) < vocabulary { logits[Int(token)] = -.infinity }
        let row = UnsafeBufferPointer(logits)
        let best = kernels.argmax(row)
        let maximum = logits[best]
        guard maximum.isFinite else { return nil }
        if parameters.isGreedy { return Int32(best) }
        let uniform = CounterRandom.uniform(seed: parameters.seed, position: position)
        if parameters.topK == 0 && parameters.topP >= 1 && parameters.minP <= 0 {
            return drawFromAll(row, maximum: maximum, temperature: parameters.temperature, uniform: uniform)
        }
        return drawFromSorted(row, parameters: parameters, maximum: maximum, uniform: uniform)
    }
}

// MARK: - Internals

extension Sampler {
    private func drawFromAll(
        _ logits: UnsafeBufferPointer<Float>, maximum: Float, temperature: Float, uniform: Float
    ) -> Int32 {
        var total: Float = 0
        for (index, logit) in logits.enumerated() {
            let weight = logit.isFinite ? expf((logit - maximum) / temperature) : 0
            values[index] = weight
            total += weight
        }
        return Int32(pick(count: logits.count, target: uniform * total))
    }

    private func drawFromSorted(
        _ logits: UnsafeBufferPointer<Float>, parameters: SamplingParameters, maximum: Float, uniform: Float
    ) -> Int32 {
        let limit = parameters.topK == 0 ? vocabulary : min(parameters.topK, vocabulary)
        // Without top-k the probabilities are shares of the whole vocabulary.
        let totalOfAll =
            parameters.topK == 0
            ? kernels.sumExp(logits, maximum: maximum, inverseTemperature: 1 / parameters.temperature) : nil
        var wanted = min(limit, Self.firstCandidates)
        while true {
            let count = kernels.topK(logits, k: wanted, indices: &indices, largest: &values)
            var kept = 0
            var sum: Float = 0
            for index in 0..<count {
                values[index] = expf((values[index] - maximum) / parameters.temperature)
                sum += values[index]
            }
            let total = totalOfAll ?? sum
            sum = 0
            var isCut = false
            while kept < count {
                // values[0] is exp(0) = 1, the most likely token's weight.
                if kept > 0 && values[kept] < parameters.minP {
                    isCut = true
                    break
                }
                sum += values[kept]
                kept += 1
                if sum >= parameters.topP * total && parameters.topP < 1 {
                    isCut = true
                    break
                }
            }
            if isCut || count == limit || count < wanted {
                return indices[pick(count: kept, target: uniform * sum)]
            }
            wanted = min(limit, wanted * 16)
        }
    }

    /// First index whose running sum of weights exceeds `target`.
    private func pick(count: Int, target: Float) -> Int {
        var sum: Float = 0
        var lastPositive = 0
        for index in 0..<count where values[index] > 0 {
            sum += values[index]
            lastPositive = index
            if sum > target { return index }
        }
        return lastPositive
    }
}
