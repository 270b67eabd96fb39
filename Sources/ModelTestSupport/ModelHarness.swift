package import Checkpoints
internal import Layers
internal import Models
package import Tensors
package import TurboMind

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// A model with a cache of its own, for tests that look at logits.
package final class ModelHarness {
    package let runner: ModelRunner
    package let configuration: ModelConfiguration
    private let blocks: Int

    /// Most rows of a step.
    package static let maxRows = 512

    /// - Parameters:
    ///   - override: weight storage; `nil` keeps the checkpoint's.
    ///   - tokens: cache capacity.
    package convenience init(
        path: String, override: WeightFormat.Storage?, isa: InstructionSet, threads: Int = 1,
        cacheElement: KVCacheShape.Element? = nil, tokens: Int = 1024, maxBatchSize: Int = 8
    ) throws {
        try self.init(
            TestModel(path: path, override: override, threads: threads), isa: isa, threads: threads,
            cacheElement: cacheElement, tokens: tokens, maxBatchSize: maxBatchSize)
    }

    /// - Parameter tokens: cache capacity.
    package init(
        _ model: TestModel, isa: InstructionSet = .best, threads: Int = 1,
        cacheElement: KVCacheShape.Element? = nil, tokens: Int = 1024, maxBatchSize: Int = 8
    ) throws {
        configuration = model.configuration
        blocks = BlockManager.blocks(forTokens: tokens, tokensPerBlock: 64)
        let cache = try KVCacheStorage(shape: model.cacheShape(cacheElement), blocks: blocks)
        runner = try ModelRunner(
            model: model.model, cache: cache, kernels: try .require(isa),
            pool: try WorkerPool(threads: threads), maxRows: Self.maxRows,
            maxBatchSize: maxBatchSize, maxLogitRows: max(maxBatchSize, Self.maxRows))
    }

    /// Logits after the last of `tokens`, which are computed from position `start` on in chunks of `chunk` tokens.
    package func logits(_ tokens: [Int32], from start: Int = 0, chunk: Int = maxRows) -> [Float] {
        var last: [Float] = []
        var done = 0
        while done < tokens.count {
            let count = min(chunk, tokens.count - done)
            let isLast = done + count == tokens.count
            var plan = StepPlan()
            plan.tokens = Array(tokens[done..<done + count])
            plan.blocks = (0..<Int32(blocks)).map(\.self)
            plan.entries = [
                .init(
                    slot: 0, id: RequestID(1), firstPosition: start + done, count: count, blockOffset: 0,
                    samples: isLast)
            ]
            runner.computeLogits(plan)
            if isLast { last = Array(runner.logits(row: 0)) }
            done += count
        }
        return last
    }

    /// Logits after every one of `tokens`, each computed in a step of its own.
    package func logitsOfEveryPosition(_ tokens: [Int32]) -> [[Float]] {
        tokens.indices.map { logits([tokens[$0]], from: $0) }
    }

    /// Fingerprints of the logits after the last `count` of at most ``maxRows`` tokens, all computed in one step.
    package func fingerprints(_ tokens: [Int32], last count: Int) -> [UInt64] {
        var plan = StepPlan()
        plan.tokens = tokens
        plan.blocks = (0..<Int32(blocks)).map(\.self)
        plan.entries = [
            .init(
                slot: 0, id: RequestID(1), firstPosition: 0, count: tokens.count, blockOffset: 0,
                samples: true, draftCount: count - 1)
        ]
        runner.computeLogits(plan)
        return (0..<count).map { LogitRecorder.fingerprint(runner.logits(row: $0)) }
    }

    /// Sum and count of the negative log-likelihoods of `tokens[1...]`, each given all tokens before it.
    package func negativeLogLikelihood(_ tokens: [Int32], chunk: Int) -> (sum: Double, count: Int) {
        var sum = 0.0
        for start in stride(from: 0, to: tokens.count, by: chunk) {
            let end = min(start + chunk, tokens.count)
            var plan = StepPlan()
            plan.tokens = Array(tokens[start..<end])
            plan.blocks = (0..<Int32(blocks)).map(\.self)
            plan.entries = [
                .init(
                    slot: 0, id: RequestID(1), firstPosition: start, count: end - start, blockOffset: 0,
                    samples: false, scores: true)
            ]
            runner.computeLogits(plan)
            for position in start..<min(end, tokens.count - 1) {
                let row = runner.logits(row: position - start)
                let maximum = row.max() ?? 0
                let total = row.reduce(0.0) { $0 + exp(Double($1 - maximum)) }
                sum += log(total) + Double(maximum - row[Int(tokens[position + 1])])
            }
        }
        return (sum, tokens.count - 1)
    }

    /// Logits after the last token of each sequence, all computed in the same step.
    package func logits(batch: [[Int32]]) -> [[Float]] {
        var plan = StepPlan()
        var nextBlock: Int32 = 0
        for (slot, tokens) in batch.enumerated() {
            let needed = Int32(BlockManager.blocks(forTokens: tokens.count, tokensPerBlock: 64))
            plan.entries.append(
                .init(
                    slot: slot, id: RequestID(UInt64(slot)), firstPosition: 0, count: tokens.count,
                    blockOffset: plan.blocks.count, samples: true))
            plan.tokens += tokens
            plan.blocks += nextBlock..<nextBlock + needed
            nextBlock += needed
        }
        runner.computeLogits(plan)
        return batch.indices.map { Array(runner.logits(row: $0)) }
    }

    /// The most likely continuation.
    package func greedy(_ prompt: [Int32], count: Int, stop: Set<Int32> = []) -> [Int32] {
        var reply: [Int32] = []
        var row = logits(prompt)
        var position = prompt.count
        while reply.count < count {
            guard let best = row.indices.max(by: { row[$0] < row[$1] || (row[$0] == row[$1] && $0 > $1) })
            else { break }
            reply.append(Int32(best))
            if stop.contains(Int32(best)) || reply.count == count { break }
            row = logits([Int32(best)], from: position)
            position += 1
        }
        return reply
    }
}
