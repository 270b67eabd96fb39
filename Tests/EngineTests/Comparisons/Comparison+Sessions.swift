import ModelTestSupport
import Testing
import TurboMind

extension Comparison {
    static let sessions = Comparison("one prompt, and a session of five turns that is rolled back") { bench in
        for cachesPrefixes in bench.isLarge ? [true] : [true, false] {
            let engine = try bench.engine {
                $0.threads = bench.threads
                $0.cachesPrefixes = cachesPrefixes
            }
            var known: [Int32] = []
            for (place, turn) in turns(bench).enumerated() {
                let kept = turn.step.map { min($0, known.count) } ?? known.count
                var request = turn.request
                request.session = .init(SessionID(1), begins: place == 0, prompt: .following(step: kept))
                var whole = turn.request
                whole.prompt = known.prefix(kept) + turn.request.prompt
                if turn.isWhole {
                    request.prompt = whole.prompt
                    request.session?.prompt = .wholeConversation
                }
                let found = try await engine.reply(to: request)
                let expected = try await bench.alone([whole])
                expectEqual([found], expected, "turn \(place), prefix cache: \(cachesPrefixes)")
                known = whole.prompt + found.tokens
                if case .stopToken(let token) = found.reason { known.append(token) }
                #expect(await engine.engine.sessionTokens(SessionID(1)) == known)
                #expect(place == 0 || found.statistics.cachedTokens > 0)
                #expect(found.statistics.sessionTokens == known.count)
            }
            #expect(await engine.settledStatistics().activeBlocks == 0)
        }
    }

    private struct Turn {
        var request: GenerationRequest
        /// Where it goes on; `nil` at the end.
        var step: Int?
        /// Whether the prompt is the whole conversation.
        var isWhole = false
    }

    /// Back into the middle of a full block; on to the end; back into the block that is being filled; and as a
    /// whole conversation that leaves the old one early.
    private static func turns(_ bench: Bench) -> [Turn] {
        let count = bench.size(40, 6)
        let sampling = SamplingParameters(temperature: 1, repetitionPenalty: 1.1, seed: 4)
        let stop = stride(from: Int32(0), to: Int32(bench.model.vocabulary), by: 29).map(\.self)
        let requests = (bench.isLarge ? [80, 10, 9, 40, 10] : [100, 30, 9, 70, 20]).enumerated().map { place, length in
            GenerationRequest(
                prompt: bench.prompt(length, salt: place), maxNewTokens: count,
                stopTokens: place == 1 ? stop : [], sampling: place % 2 == 0 ? .greedy : sampling)
        }
        return [
            Turn(request: requests[0]), Turn(request: requests[1], step: 75),
            Turn(request: requests[2]), Turn(request: requests[3], step: bench.size(131, 93)),
            Turn(request: requests[4], step: 70, isWhole: true),
        ]
    }
}
