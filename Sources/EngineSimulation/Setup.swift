internal import TurboMind

/// The size of a simulated engine and what arrives there, drawn from the seed.
struct Setup: CustomStringConvertible {
    let limits: SchedulerLimits
    let blocks: Int
    let vocabulary: Int
    let arrivalRate: Double
    let sessionRate: Double
    let cancelRate: Double
    let longestReply: Int
    /// Texts that prompts begin with.
    private let beginnings: [[Int32]]

    init(using random: inout SeededGenerator) {
        let tokensPerBlock = [4, 8, 16].randomElement(using: &random) ?? 4
        let sessionLength = Int.random(in: 40...200, using: &random)
        limits = SchedulerLimits(
            maxBatchSize: Int.random(in: 1...6, using: &random), sessionLength: sessionLength,
            prefillTokensPerStep: Int.random(in: 1...90, using: &random), maxWaiting: 16, maxSessions: 6,
            tokensPerBlock: tokensPerBlock, cachesPrefixes: random.chance(0.8),
            extraLogitRows: Int.random(in: 0...8, using: &random))
        // From hardly one sequence to more than everybody needs.
        let perSequence = BlockManager.blocks(forTokens: sessionLength, tokensPerBlock: tokensPerBlock)
        let share = [1, 2, 4].randomElement(using: &random) ?? 1
        blocks = Int.random(in: max(2, perSequence / 2)...max(2, perSequence * share), using: &random)
        let vocabulary = Int.random(in: 2...12, using: &random)
        self.vocabulary = vocabulary
        arrivalRate = [0.05, 0.2, 0.6].randomElement(using: &random) ?? 0.2
        cancelRate = random.chance(0.5) ? 0.005 : 0.06
        sessionRate = random.chance(0.3) ? 0 : 0.4
        longestReply = [10, 40, 120].randomElement(using: &random) ?? 40
        var beginnings: [[Int32]] = []
        for _ in 0..<3 {
            beginnings.append(
                (0..<70).map { _ in Int32.random(in: 0..<Int32(12), using: &random) % Int32(vocabulary) })
        }
        self.beginnings = beginnings
    }

    /// A prompt that begins like others, half of the time.
    func prompt(using random: inout SeededGenerator) -> [Int32] {
        let own = (0..<Int.random(in: 0...70, using: &random)).map { _ in
            Int32.random(in: 0..<Int32(vocabulary), using: &random)
        }
        guard random.chance(0.5), let beginning = beginnings.randomElement(using: &random) else { return own }
        return beginning.prefix(Int.random(in: 0...70, using: &random)) + own
    }

    var description: String {
        "\(blocks) blocks of \(limits.tokensPerBlock) tokens, \(limits.maxBatchSize) slots, sessions of "
            + "\(limits.sessionLength) tokens, \(limits.prefillTokensPerStep) prompt rows a step"
    }
}

/// The same numbers for the same seed, on every machine.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 0x1234_5678_9ABC_DEF1 }

    mutating func next() -> UInt64 {
        state = state &+ 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }

    mutating func chance(_ probability: Double) -> Bool {
        Double(next() >> 11) * 0x1p-53 < probability
    }
}
