internal import TurboMind

/// Stands in for a model: a token's logits are a hash of all tokens before it, read through the block table from
/// memory that is written like a KV cache. Whatever is wrong with a block changes the reply or is noticed at once.
final class FakeExecutor: StepExecutor {
    private let vocabulary: Int
    private let tokensPerBlock: Int
    private var memory: [Cell]
    private var seeds: [UInt64]
    private(set) var problem: String?

    /// What the cache holds of a token.
    private struct Cell {
        var position = -1
        var token: Int32 = -1
        /// Of all tokens up to this one.
        var hash: UInt64 = 0
    }

    init(limits: SchedulerLimits, blocks: Int, vocabulary: Int) {
        self.vocabulary = vocabulary
        tokensPerBlock = limits.tokensPerBlock
        memory = Array(repeating: Cell(), count: blocks * limits.tokensPerBlock)
        seeds = Array(repeating: 0, count: limits.maxBatchSize)
    }

    func begin(
        slot: Int, request: GenerationRequest, prompt: ArraySlice<Int32>, reply: ArraySlice<Int32>
    ) {
        seeds[slot] = request.sampling.seed
    }

    func execute(_ plan: StepPlan, into result: inout StepResult) {
        result.removeAll()
        var row = 0
        var target = 0
        // As with a real cache, every row of the step is written before any is read.
        for entry in plan.entries {
            write(entry, plan, firstRow: row)
            row += entry.count
        }
        row = 0
        for entry in plan.entries {
            check(entry, plan)
            if entry.outputs.logits {
                for offset in 0..<entry.logitRows {
                    let position = entry.firstPosition + entry.count - entry.logitRows + offset
                    result.outputs.append(
                        RowOutput(
                            position: position,
                            logits: [Float(plan.tokens[row + position - entry.firstPosition])]))
                }
            }
            if entry.scores {
                result.scores += plan.targets[target..<target + entry.count].map { Float($0) }
                target += entry.count
            }
            if entry.samples {
                choose(
                    entry, plan, drafts: plan.tokens[..<(row + entry.count)].suffix(entry.draftCount), &result
                )
            }
            row += entry.count
        }
    }

    /// What a request that runs alone replies.
    static func reply(to request: GenerationRequest, after tokens: [Int32], limit: Int, vocabulary: Int)
        -> (tokens: [Int32], stop: Int32?)
    {
        var hash = tokens.reduce(0) { mix($0, $1) }
        var reply: [Int32] = []
        while tokens.count + reply.count < limit {
            let token = choice(hash, seed: request.sampling.seed, vocabulary: vocabulary)
            if request.stopTokens.contains(token) { return (reply, token) }
            reply.append(token)
            hash = mix(hash, token)
        }
        return (reply, nil)
    }
}

// MARK: - Internals

extension FakeExecutor {
    private func place(_ position: Int, _ entry: StepPlan.Entry, _ plan: StepPlan) -> Int {
        let block = plan.blocks[entry.blockOffset + position / tokensPerBlock]
        return Int(block) * tokensPerBlock + position % tokensPerBlock
    }

    private func write(_ entry: StepPlan.Entry, _ plan: StepPlan, firstRow: Int) {
        var hash: UInt64 =
            entry.firstPosition == 0 ? 0 : memory[place(entry.firstPosition - 1, entry, plan)].hash
        for offset in 0..<entry.count {
            let position = entry.firstPosition + offset
            let token = plan.tokens[firstRow + offset]
            hash = Self.mix(hash, token)
            memory[place(position, entry, plan)] = Cell(position: position, token: token, hash: hash)
        }
    }

    /// Follows the chain of hashes through all blocks of the entry.
    private func check(_ entry: StepPlan.Entry, _ plan: StepPlan) {
        var hash: UInt64 = 0
        for position in 0..<entry.firstPosition + entry.count {
            let cell = memory[place(position, entry, plan)]
            hash = Self.mix(hash, cell.token)
            if cell.position != position || cell.hash != hash {
                problem = problem ?? "\(entry.id) reads a block at position \(position) that is not its own"
                return
            }
        }
    }

    private func choose(
        _ entry: StepPlan.Entry, _ plan: StepPlan, drafts: ArraySlice<Int32>, _ result: inout StepResult
    ) {
        var count = 0
        for row in 0...entry.draftCount {
            let position = entry.firstPosition + entry.count - 1 - entry.draftCount + row
            let hash = memory[place(position, entry, plan)].hash
            let token = Self.choice(hash, seed: seeds[entry.slot], vocabulary: vocabulary)
            result.tokens.append(token)
            count += 1
            if row < entry.draftCount, drafts[drafts.startIndex + row] != token { break }
        }
        result.counts.append(count)
    }

    private static func mix(_ hash: UInt64, _ token: Int32) -> UInt64 {
        var value = hash &+ 0x9E37_79B9_7F4A_7C15 &+ UInt64(UInt32(bitPattern: token))
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }

    /// Repeats itself: the next token follows from the last few bits of the hash of what came before half of the
    /// time, and from the seed alone otherwise. Drafts are right now and then.
    private static func choice(_ hash: UInt64, seed: UInt64, vocabulary: Int) -> Int32 {
        let source = hash % 4 == 0 ? mix(hash, 1) : mix(seed, 2)
        return Int32(source % UInt64(vocabulary))
    }
}
