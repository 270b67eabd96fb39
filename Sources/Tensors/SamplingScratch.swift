internal import CKernels

/// The largest values of a row in descending order, the lower index first among equals.
///
/// It lies in the scratch memory that found it, until that looks for the next.
package struct Candidates {
    package let count: Int
    package let indices: UnsafePointer<Int32>
    package let values: UnsafePointer<Float>
    /// Whether these are all values that are not below the bound asked for.
    package let reachesBound: Bool
    /// Written by ``SamplingScratch/weigh(_:count:)``.
    package let weights: UnsafeMutablePointer<UInt64>
}

/// Turns logits into integers that are proportional to probabilities.
///
/// A weight is `exp((logit - maximum) / temperature)` in units of 2^-40: the most likely token has
/// ``WeightScale/one``. Sums of integers do not depend on their order.
package struct WeightScale {
    /// The largest logit of the row, a finite number.
    package let maximum: Float
    package let inverseTemperature: Float

    package static let one = UInt64(1) << UInt64(LMK_WEIGHT_BITS)

    /// - Parameter temperature: above 0.
    package init(maximum: Float, temperature: Float) {
        self.maximum = maximum
        // Colder than that is the same: 0 times infinity would be no number.
        inverseTemperature = min(1 / temperature, .greatestFiniteMagnitude)
    }
}

/// One thread's memory for choosing from rows of logits.
package final class SamplingScratch {
    private let kernels: Kernels
    private let vocabulary: Int
    private let storage: AlignedBuffer
    private let copyOffset: Int
    private let maximaOffset: Int
    private let sumsOffset: Int

    private static let weightsBlock = LMK_WEIGHTS_BLOCK
    private static let maximaBlock = LMK_MAXIMA_BLOCK

    /// Most tokens of a vocabulary: the weights of more might not add up to a 64-bit number.
    package static let largestVocabulary = 1 << 23

    package init(kernels: Kernels, vocabulary: Int) throws(TensorError) {
        precondition((1...Self.largestVocabulary).contains(vocabulary), "vocabulary out of range")
        self.kernels = kernels
        self.vocabulary = vocabulary
        var bytes = lmk_candidate_bytes(vocabulary)
        func place(_ count: Int, of size: Int) -> Int {
            let offset = (bytes + 63) / 64 * 64
            bytes = offset + count * size
            return offset
        }
        copyOffset = place(vocabulary, of: MemoryLayout<Float>.stride)
        maximaOffset = place(Self.blocks(vocabulary, Self.maximaBlock), of: MemoryLayout<Float>.stride)
        sumsOffset = place(Self.blocks(vocabulary, Self.weightsBlock), of: MemoryLayout<UInt64>.stride)
        do {
            storage = try AlignedBuffer(byteCount: bytes)
        } catch {
            throw .outOfMemory(what: "the sampler", bytes: bytes)
        }
    }

    package var byteCount: Int { storage.byteCount }

    /// A copy of `row` that may be changed, good until the next copy.
    /// - Parameter allowed: bit `token % 64` of word `token / 64` is set where `token` may be chosen; the others
    ///   become -infinity. `nil` allows all.
    package func copy(
        _ row: UnsafeBufferPointer<Float>, allowed: UnsafeBufferPointer<UInt64>?
    ) -> UnsafeMutableBufferPointer<Float> {
        precondition(row.count == vocabulary, "a row of another vocabulary")
        let copy = UnsafeMutableBufferPointer(start: floats(at: copyOffset), count: vocabulary)
        guard let allowed else {
            _ = copy.update(fromContentsOf: row)
            return copy
        }
        precondition(allowed.count >= Self.blocks(vocabulary, 64), "a mask of a smaller vocabulary")
        if let source = row.baseAddress, let bits = allowed.baseAddress {
            lmk_copy_allowed(kernels.table, floats(at: copyOffset), source, vocabulary, bits)
        }
        return copy
    }

    /// Takes the maxima of the row's blocks, which ``largest(of:count:bound:)`` needs.
    /// - Returns: the largest value; -infinity when there is no number.
    package func scan(_ row: UnsafeBufferPointer<Float>) -> Float {
        precondition(row.count == vocabulary, "a row of another vocabulary")
        guard let base = row.baseAddress else { return -.infinity }
        let maxima = floats(at: maximaOffset)
        lmk_block_maxima(kernels.table, base, vocabulary, maxima)
        var largest = -Float.infinity
        for block in 0..<Self.blocks(vocabulary, Self.maximaBlock) { largest = max(largest, maxima[block]) }
        return largest
    }

    /// At least `count` of the largest values, as far as there are so many that are not below `bound`; all of
    /// these when `count` is 0. Call it on the row that was scanned last.
    package func largest(
        of row: UnsafeBufferPointer<Float>, count: Int, bound: Float = -.infinity
    ) -> Candidates {
        precondition(row.count == vocabulary, "a row of another vocabulary")
        let found = lmk_largest(
            kernels.table, row.baseAddress, vocabulary, floats(at: maximaOffset), count, bound,
            storage.baseAddress)
        return Candidates(
            count: found.count, indices: found.indices, values: found.values,
            reachesBound: found.reaches_bound, weights: found.weights)
    }

    /// Writes the weights of the first `count` candidates.
    /// - Returns: their sum.
    package func weigh(_ candidates: Candidates, count: Int, scale: WeightScale) -> UInt64 {
        lmk_weights(
            kernels.table, candidates.values, count, scale.maximum, scale.inverseTemperature,
            candidates.weights)
        var sum: UInt64 = 0
        for index in 0..<count { sum += candidates.weights[index] }
        return sum
    }

    /// The sum of all weights of the row. Remembers the blocks' sums for ``index(in:target:scale:)``.
    package func totalWeight(_ row: UnsafeBufferPointer<Float>, scale: WeightScale) -> UInt64 {
        precondition(row.count == vocabulary, "a row of another vocabulary")
        guard let base = row.baseAddress else { return 0 }
        lmk_weight_sums(
            kernels.table, base, vocabulary, scale.maximum, scale.inverseTemperature, blockSums)
        var sum: UInt64 = 0
        for block in 0..<Self.blocks(vocabulary, Self.weightsBlock) { sum += blockSums[block] }
        return sum
    }

    /// The first index at which the running sum of weights exceeds `target`, which is below the total weight.
    /// Call it on the row and scale of the last ``totalWeight(_:scale:)``.
    package func index(in row: UnsafeBufferPointer<Float>, target: UInt64, scale: WeightScale) -> Int {
        var rest = target
        var block = 0
        while rest >= blockSums[block] {
            rest -= blockSums[block]
            block += 1
        }
        let start = block * Self.weightsBlock
        let weights = storage.baseAddress.assumingMemoryBound(to: UInt64.self)
        let values = UnsafeBufferPointer(rebasing: row[start..<min(start + Self.weightsBlock, vocabulary)])
        if let base = values.baseAddress {
            lmk_weights(
                kernels.table, base, values.count, scale.maximum, scale.inverseTemperature, weights)
        }
        var offset = 0
        while rest >= weights[offset] {
            rest -= weights[offset]
            offset += 1
        }
        return start + offset
    }

    // MARK: - Internals

    private static func blocks(_ count: Int, _ size: Int) -> Int { (count + size - 1) / size }

    // SAFETY: offsets are those of `place`, so each region lies inside of the storage and is aligned to 64 bytes.
    private func floats(at offset: Int) -> UnsafeMutablePointer<Float> {
        (storage.baseAddress + offset).assumingMemoryBound(to: Float.self)
    }

    private var blockSums: UnsafeMutablePointer<UInt64> {
        // SAFETY: as in `floats`.
        (storage.baseAddress + sumsOffset).assumingMemoryBound(to: UInt64.self)
    }
}
