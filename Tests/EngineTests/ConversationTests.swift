import ModelTestSupport
import Tensors
import TestSupport
import Testing
import TurboMind

extension EngineTests {
    /// Many sessions on little memory: the cache holds a third of them, and they reply as if it held all.
    @Suite struct ConversationTests {
        private static let turns = 5

        @Test(arguments: ExactnessCase.weights)
        func sixtyFourConversationsFitIntoTheMemoryOfAThird(weights: WeightFormat.Storage) async throws {
            let bench = try Bench(ExactnessCase(model: .tiny("smollm-like"), weights: weights, cache: .fp16))
            try await compare(bench, conversations: 64, promptTokens: 30, replyTokens: 20)
        }

        @Test(.enabled(if: DefaultModelFile.isUsable, "run `make test`, which fetches the default model"))
        func conversationsWithTheDefaultModelFitIntoTheMemoryOfAThird() async throws {
            let bench = try Bench(ExactnessCase(model: .standard, weights: .w4, cache: .fp16))
            try await compare(bench, conversations: 64, promptTokens: 6, replyTokens: 4)
        }

        private func compare(
            _ bench: Bench, conversations: Int, promptTokens: Int, replyTokens: Int
        ) async throws {
            let script = (0..<conversations).map { conversation in
                (0..<Self.turns).map { turn in
                    request(
                        bench, conversation: conversation, turn: turn, promptTokens: promptTokens,
                        replyTokens: replyTokens)
                }
            }
            let blocks = BlockManager.blocks(
                forTokens: Self.turns * (promptTokens + replyTokens), tokensPerBlock: 64)
            let roomy = try await run(script, on: try engine(bench, blocks: conversations * blocks))
            #expect(roomy.preemptions == 0 && roomy.recomputed == 0)
            let tight = try await run(script, on: try engine(bench, blocks: conversations * blocks / 3))
            // Nobody has as many tokens in the cache as the session knows.
            #expect(tight.preemptions + tight.recomputed > 0)
            for (conversation, (found, expected)) in zip(tight.replies, roomy.replies).enumerated() {
                Comparison.expectEqual(found, expected, "of conversation \(conversation)")
            }
        }

        private func engine(_ bench: Bench, blocks: Int) throws -> EngineHarness {
            try bench.engine {
                $0.threads = bench.threads
                $0.blocks = blocks
                $0.cachesPrefixes = true
            }
        }

        private func request(
            _ bench: Bench, conversation: Int, turn: Int, promptTokens: Int, replyTokens: Int
        ) -> GenerationRequest {
            GenerationRequest(
                prompt: bench.prompt(promptTokens, salt: conversation * Self.turns + turn),
                maxNewTokens: replyTokens,
                sampling: conversation % 2 == 0
                    ? .greedy : .init(temperature: 1, repetitionPenalty: 1.1, seed: UInt64(conversation)),
                session: .init(
                    SessionID(UInt64(conversation)), begins: turn == 0, ends: turn == Self.turns - 1))
        }

        private struct Outcome {
            var replies: [[Reply]]
            var preemptions: Int
            /// Tokens that sessions knew and that had to be computed again.
            var recomputed: Int
        }

        /// Everybody asks again as soon as the reply is there.
        private func run(_ script: [[GenerationRequest]], on engine: EngineHarness) async throws -> Outcome {
            let replies = try await withThrowingTaskGroup(of: (Int, [Reply]).self) { group in
                for (conversation, turns) in script.enumerated() {
                    group.addTask { (conversation, try await engine.repliesInTurn(to: turns)) }
                }
                return try await group.reduce(into: Array(repeating: [Reply](), count: script.count)) {
                    $0[$1.0] = $1.1
                }
            }
            let statistics = await engine.settledStatistics()
            #expect(statistics.activeBlocks == 0 && statistics.sessions == 0)
            #expect(statistics.running == 0 && statistics.waiting == 0)
            var recomputed = 0
            for turns in replies {
                for (before, turn) in zip(turns, turns.dropFirst()) {
                    // The last token of a reply was not computed yet.
                    recomputed += before.statistics.sessionTokens - 1 - turn.statistics.cachedTokens
                }
            }
            return Outcome(
                replies: replies, preemptions: statistics.totals.preemptions, recomputed: recomputed)
        }
    }
}
