internal import Synchronization
package import Tensors

/// Chooses the next tokens of many sequences at once, in parallel. See ``SamplingParameters`` for the order of
/// what happens to a row of logits.
///
/// What a row gets depends on that row and its sequence alone: not on the batch, nor on the number of threads.
package final class Sampler {
    /// One sequence of a call.
    package struct Item {
        package var state: SamplingState
        /// Row of the logits that follow the sequence's last token.
        package var firstRow: Int
        /// Tokens that the sequence is guessed to go on with. The item has one row more than drafts: row
        /// `firstRow + i + 1` holds the logits behind draft `i`, and is looked at only if draft `i` was chosen.
        package var drafts: [Int32]
        /// Which tokens may be chosen: one mask for each row, or none at all.
        package var allowed: [TokenMask]

        package init(
            state: SamplingState, firstRow: Int, drafts: [Int32] = [], allowed: [TokenMask] = []
        ) {
            self.state = state
            self.firstRow = firstRow
            self.drafts = drafts
            self.allowed = allowed
        }
    }

    private let pool: WorkerPool
    private let vocabulary: Int
    private let samplers: [RowSampler]
    private let nextItem = Atomic(0)

    /// Sets memory aside for each of the pool's threads.
    package init(kernels: Kernels, pool: WorkerPool, vocabulary: Int) throws(TensorError) {
        self.pool = pool
        self.vocabulary = vocabulary
        var samplers: [RowSampler] = []
        for _ in 0..<pool.threads {
            samplers.append(try RowSampler(kernels: kernels, vocabulary: vocabulary))
        }
        self.samplers = samplers
    }

    package var byteCount: Int { samplers.reduce(0) { $0 + $1.byteCount } }

    /// Chooses each item's tokens and appends them to its state.
    /// - Parameters:
    ///   - logits: rows of `vocabulary` values; they stay as they are.
    ///   - results: gets one result for each item, in their order, and keeps its memory from call to call.
    package func sample(_ items: [Item], logits: RowPointer, into results: inout [SampledTokens]) {
        if results.count > items.count { results.removeLast(results.count - items.count) }
        while results.count < items.count { results.append(SampledTokens()) }
        results.withUnsafeMutableBufferPointer { results in
            guard items.count > 1 && pool.threads > 1 else {
                for item in items.indices { sample(items[item], logits, samplers[0], into: &results[item]) }
                return
            }
            nextItem.store(0, ordering: .relaxed)
            pool.run { thread, _ in
                while true {
                    let item = nextItem.add(1, ordering: .relaxed).oldValue
                    guard item < items.count else { return }
                    sample(items[item], logits, samplers[thread], into: &results[item])
                }
            }
        }
    }

    // MARK: - Internals

    private func sample(
        _ item: Item, _ logits: RowPointer, _ sampler: RowSampler, into result: inout SampledTokens
    ) {
        result.removeAll()
        let state = item.state
        for offset in 0...item.drafts.count {
            // SAFETY: the caller has a row for each of the item's drafts and one more.
            let start = logits.pointer + (item.firstRow + offset) * logits.stride
            let row = UnsafeBufferPointer(start: UnsafePointer(start), count: vocabulary)
            let mask = item.allowed.isEmpty ? nil : item.allowed[offset]
            guard let token = sampler.choose(row, state: state, allowed: mask) else {
                result.hasInvalidLogits = true
                return
            }
            if state.parameters.logprobs > 0 {
                result.logprobs.append(
                    sampler.logprobs(row, chosen: token, count: state.parameters.logprobs))
            }
            result.tokens.append(token)
            state.append(token)
            guard offset < item.drafts.count, token == item.drafts[offset] else { return }
        }
    }
}
