internal import Tensors

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// Chooses a token from one row of logits, on one thread.
///
/// What it chooses follows from the row, the parameters and the history alone. Probabilities are integers
/// (``WeightScale``), so it does not matter in which order, and in how many goes, they are added up.
struct RowSampler {
    private let kernels: Kernels
    private let scratch: SamplingScratch

    /// How many of the most likely tokens top-p looks at, at first and then: nearly always they hold the share
    /// that it keeps. A trained model's top 0.95 is a few dozen tokens, and rarely above a thousand.
    private static let topPCandidates = [64, 1024]

    init(kernels: Kernels, vocabulary: Int) throws(TensorError) {
        self.kernels = kernels
        scratch = try SamplingScratch(kernels: kernels, vocabulary: vocabulary)
    }

    var byteCount: Int { scratch.byteCount }

    /// Chooses the next token of a sequence; `row` stays as it is.
    /// - Returns: `nil` when the largest logit that may be chosen is not a finite number.
    func choose(
        _ row: UnsafeBufferPointer<Float>, state: SamplingState, allowed: TokenMask?
    ) -> Int32? {
        guard state.editsLogits || allowed != nil else { return choose(row, state) }
        let copy =
            allowed?.words.withUnsafeBufferPointer { scratch.copy(row, allowed: $0) }
            ?? scratch.copy(row, allowed: nil)
        state.edit(copy)
        return choose(UnsafeBufferPointer(copy), state)
    }

    /// The report on a token chosen from `row`.
    func logprobs(_ row: UnsafeBufferPointer<Float>, chosen: Int32, count: Int) -> TokenLogprobs {
        let softmax = kernels.softmaxScan(row)
        _ = scratch.scan(row)
        let candidates = scratch.largest(of: row, count: count)
        return TokenLogprobs(
            chosen: TokenLogprob(token: chosen, logprob: softmax.logprob(row[Int(chosen)])),
            mostLikely: (0..<min(count, candidates.count)).map {
                TokenLogprob(
                    token: candidates.indices[$0], logprob: softmax.logprob(candidates.values[$0]))
            })
    }
}

// MARK: - Internals

extension RowSampler {
    private func choose(_ row: UnsafeBufferPointer<Float>, _ state: SamplingState) -> Int32? {
        let parameters = state.parameters
        if parameters.isGreedy {
            let best = kernels.argmax(row)
            return row[best].isFinite ? Int32(best) : nil
        }
        let maximum = scratch.scan(row)
        guard maximum.isFinite else { return nil }
        let scale = WeightScale(maximum: maximum, temperature: parameters.temperature)
        let topK = parameters.topK < row.count ? parameters.topK : 0
        if topK == 0 && parameters.topP >= 1 && parameters.minP <= 0 {
            let target = draw(below: scratch.totalWeight(row, scale: scale), state)
            return Int32(scratch.index(in: row, target: target, scale: scale))
        }
        return chooseFromLargest(row, scale, topK: topK, state)
    }

    private func draw(below total: UInt64, _ state: SamplingState) -> UInt64 {
        CounterRandom.integer(below: total, seed: state.parameters.seed, position: state.position)
    }

    private func chooseFromLargest(
        _ row: UnsafeBufferPointer<Float>, _ scale: WeightScale, topK: Int, _ state: SamplingState
    ) -> Int32 {
        let kept = keep(row, scale, topK: topK, state.parameters)
        // The largest value weighs `one`, so there is always something to choose.
        var rest = draw(below: kept.weight, state)
        var index = 0
        while rest >= kept.candidates.weights[index] {
            rest -= kept.candidates.weights[index]
            index += 1
        }
        return kept.candidates.indices[index]
    }

    /// Candidates that may be drawn, with the weight of all of them.
    private typealias Kept = (candidates: Candidates, weight: UInt64)

    private func keep(
        _ row: UnsafeBufferPointer<Float>, _ scale: WeightScale, topK: Int, _ parameters: SamplingParameters
    ) -> Kept {
        let minWeight = Self.minWeight(parameters.minP)
        if topK > 0 {
            let candidates = scratch.largest(of: row, count: topK)
            let count = min(topK, candidates.count)
            let total = scratch.weigh(candidates, count: count, scale: scale)
            return cut(candidates, count, topP: parameters.topP, of: total, minWeight: minWeight)
        }
        let minPBound = Self.bound(weight: minWeight, scale)
        guard parameters.topP < 1 else {
            let candidates = scratch.largest(of: row, count: 0, bound: minPBound)
            let total = scratch.weigh(candidates, count: candidates.count, scale: scale)
            return cut(candidates, candidates.count, topP: 1, of: total, minWeight: minWeight)
        }
        let total = scratch.totalWeight(row, scale: scale)
        for count in Self.topPCandidates {
            let candidates = scratch.largest(of: row, count: count, bound: minPBound)
            let sum = scratch.weigh(candidates, count: candidates.count, scale: scale)
            if candidates.reachesBound || sum > Self.share(parameters.topP, of: total) {
                return cut(
                    candidates, candidates.count, topP: parameters.topP, of: total, minWeight: minWeight)
            }
        }
        // All tokens below this weight together have less than what top-p leaves out.
        let leftOut = (1 - Double(parameters.topP)) * Double(total) / Double(row.count)
        let topPBound = Self.bound(weight: UInt64(leftOut), scale)
        let candidates = scratch.largest(of: row, count: 0, bound: max(minPBound, topPBound))
        _ = scratch.weigh(candidates, count: candidates.count, scale: scale)
        return cut(candidates, candidates.count, topP: parameters.topP, of: total, minWeight: minWeight)
    }

    /// Top-p and min-p over candidates with weights: keeps the first one, and those behind it.
    private func cut(
        _ candidates: Candidates, _ count: Int, topP: Float, of total: UInt64, minWeight: UInt64
    ) -> Kept {
        let share = topP < 1 ? Self.share(topP, of: total) : .max
        var weight = WeightScale.one
        var index = 1
        while weight <= share, index < count, candidates.weights[index] >= minWeight {
            weight += candidates.weights[index]
            index += 1
        }
        return (candidates, weight)
    }

    private static func share(_ topP: Float, of total: UInt64) -> UInt64 {
        UInt64(max(0, Double(topP)) * Double(total))
    }

    /// The smallest weight that min-p keeps.
    private static func minWeight(_ minP: Float) -> UInt64 {
        UInt64((Double(min(max(minP, 0), 1)) * Double(WeightScale.one)).rounded(.up))
    }

    /// A logit below which weights are less than `weight`, certainly: it leaves room for the rounding of logits
    /// (2^-24 of their distance from the largest), of exponentials (two units in the last place) and of weights.
    private static func bound(weight: UInt64, _ scale: WeightScale) -> Float {
        guard weight > 0 else { return -.infinity }
        let distance = log((Double(weight) - 0.5) / Double(WeightScale.one)) * 1.0001 - 0.0001
        return Float(Double(scale.maximum) + distance / Double(scale.inverseTemperature)).nextDown
    }
}
