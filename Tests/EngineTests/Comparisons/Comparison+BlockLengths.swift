import ModelTestSupport
import Testing

extension Comparison {
    /// Attention adds up in spans of 64 tokens, and of a whole block where that is shorter.
    static let blockLengths = Comparison("alone, and together, with cache blocks of 16 to 256 tokens") {
        bench in
        var expected = try await bench.subjectsAlone()
        for tokens in [256, 32, 16] {
            if tokens < 64 {
                expected = try await bench.engine { $0.tokensPerBlock = tokens }.repliesInTurn(
                    to: bench.subjects)
            }
            let engine = try bench.engine {
                $0.tokensPerBlock = tokens
                $0.cachesPrefixes = true
                $0.prefillTokensPerStep = 50
            }
            expectEqual(try await engine.replies(to: bench.subjects), expected, "blocks of \(tokens)")
        }
    }
}
