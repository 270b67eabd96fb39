import Testing
import TurboMind

@Suite struct TokenHistoryTests {
    private func expectEqual(_ history: TokenHistory, prompt: [Int32], generated: [Int32]) {
        let all = prompt + generated
        #expect(history.tokens == all)
        #expect(history.count == all.count && history.generatedCount == generated.count)
        var counts: [Int32: Int32] = [:], generatedCounts: [Int32: Int32] = [:]
        var order: [Int32] = []
        for token in all {
            if counts[token] == nil { order.append(token) }
            counts[token, default: 0] += 1
        }
        for token in generated { generatedCounts[token, default: 0] += 1 }
        #expect(history.entries.map(\.token) == order)
        #expect(history.entries.allSatisfy { $0.count == counts[$0.token] })
        #expect(history.entries.allSatisfy { $0.generatedCount == generatedCounts[$0.token, default: 0] })
    }

    @Test(arguments: [1, 3, 40, 2000])
    func countsFollowAppendsAndRemovals(vocabulary: Int32) {
        var random = SamplerRandom(seed: UInt64(vocabulary))
        func token() -> Int32 { Int32.random(in: 0..<vocabulary, using: &random) * 101 - 50 }
        let prompt = (0..<150).map { _ in token() }
        var generated = (0..<20).map { _ in token() }
        var history = TokenHistory(prompt: prompt, generated: generated)
        expectEqual(history, prompt: prompt, generated: generated)
        for round in 0..<60 {
            for _ in 0..<Int.random(in: 0...40, using: &random) {
                generated.append(token())
                history.append(generated[generated.count - 1])
            }
            let removed =
                round % 13 == 12
                ? generated.count : Int.random(in: 0...min(30, generated.count), using: &random)
            generated.removeLast(removed)
            history.removeLast(removed)
            expectEqual(history, prompt: prompt, generated: generated)
        }
    }

    @Test func endsAreComparedWithAllTokens() {
        let history = TokenHistory(prompt: [1, 2], generated: [3])
        for suffix: [Int32] in [[], [3], [2, 3], [1, 2, 3]] { #expect(history.ends(with: suffix[...])) }
        for suffix: [Int32] in [[2], [3, 3], [0, 1, 2, 3]] { #expect(!history.ends(with: suffix[...])) }
    }
}
