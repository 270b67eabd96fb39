import ModelTestSupport
import Synchronization
import TestSupport
import Testing
import TurboMind

extension EngineTests {
    /// Whoever goes away leaves nothing behind.
    @Suite struct AbortTests {
        private static let requests = 1000
        private static let stayers = 40

        /// A third of the requests with sessions, drafts here and there; prompts that begin alike.
        private func request(
            _ place: Int, _ bench: Bench, using random: inout SeededGenerator
        ) -> GenerationRequest {
            let prompt = Array(
                bench.prompt(150, salt: place % 7).prefix(.random(in: 1...80, using: &random)))
            let session: SessionUse? =
                place % 3 == 0 ? .init(SessionID(UInt64(place)), begins: true, ends: true) : nil
            return GenerationRequest(
                prompt: prompt, maxNewTokens: .random(in: 1..<280, using: &random),
                sampling: place % 2 == 0 ? .greedy : .init(temperature: 1, seed: UInt64(place)),
                session: session, maxDraftTokens: place % 4,
                scoresPrompt: session == nil && place % 5 == 0)
        }

        private func engine(_ bench: Bench) throws -> EngineHarness {
            try bench.engine {
                $0.blocks = 8
                $0.maxBatchSize = 8
                $0.prefillTokensPerStep = 100
                $0.cachesPrefixes = true
            }
        }

        private func expectRepliesAsBefore(_ engine: EngineHarness, _ bench: Bench) async throws {
            let statistics = await engine.settledStatistics()
            #expect(statistics.activeBlocks == 0)
            #expect(statistics.running == 0 && statistics.waiting == 0 && statistics.sessions == 0)
            let replies = try await engine.replies(to: bench.subjects)
            Comparison.expectEqual(replies, try await bench.subjectsAlone(), "after everybody has gone")
            #expect(await engine.settledStatistics().activeBlocks == 0)
        }

        @Test(arguments: [1, 2])
        func streamsThatAreDroppedAtRandomStepsLeaveNoBlockInUse(seed: UInt64) async throws {
            let bench = try Bench()
            let engine = try engine(bench)
            var random = SeededGenerator(seed: seed)
            var step = 0
            let arrivals = (0..<Self.requests + Self.stayers).map { place in
                step += Int.random(in: 0..<6, using: &random)
                let request = request(place, bench, using: &random)
                // Some before they start, some in the middle of the prompt, most in the reply.
                let stay = Int.random(in: 0..<300, using: &random)
                let stays = place % (Self.requests / Self.stayers + 1) == 0
                return Traffic.Arrival(step: step, request: request, leavesAt: stays ? nil : step + stay)
            }
            let replies = try await Traffic(arrivals).replies(on: engine).sorted { $0.key < $1.key }
            #expect(replies.count == Self.stayers)
            let alone = try await bench.alone(replies.map { arrivals[$0.key].request })
            Comparison.expectEqual(replies.map(\.value), alone, "of those who stay")
            // How often the cache was hit and who was preempted depends on how fast steps are; the simulation counts.
            #expect(engine.engine.statistics.totals.generatedTokens > Self.requests)
            try await expectRepliesAsBefore(engine, bench)
        }

        @Test func tasksThatAreCancelledAtRandomMomentsLeaveNoBlockInUse() async throws {
            let bench = try Bench()
            let engine = try engine(bench)
            var random = SeededGenerator(seed: 3)
            var open: [(task: Task<Reply, any Error>, place: Int)] = []
            var ended = 0
            var tokens = 0
            for place in 0..<Self.requests {
                let request = request(place, bench, using: &random)
                open.append((Task { try await engine.reply(to: request) }, place))
                while open.count > Int.random(in: 4..<40, using: &random) {
                    let leaver = open.remove(at: Int.random(in: 0..<open.count, using: &random))
                    try await Task.sleep(for: .microseconds(Int.random(in: 0..<600, using: &random)))
                    leaver.task.cancel()
                    // The stream of a cancelled task ends without a word, or the reply had ended before.
                    let reply = try await leaver.task.value
                    #expect(reply.endings <= 1)
                    ended += 1
                    tokens += reply.tokens.count
                }
            }
            for leaver in open {
                leaver.task.cancel()
                _ = try await leaver.task.value
                ended += 1
            }
            #expect(ended == Self.requests && tokens > Self.requests)
            try await expectRepliesAsBefore(engine, bench)
        }

        @Test func aSessionGoesOnAfterATurnThatWasBrokenOff() async throws {
            let bench = try Bench()
            let engine = try engine(bench)
            let id = SessionID(1)
            let first = GenerationRequest(
                prompt: bench.prompt(80), maxNewTokens: 10, session: .init(id, begins: true))
            let opening = try await engine.reply(to: first)
            let known = first.prompt + opening.tokens
            // The stream goes out of scope before a step: the turn has not taken place.
            try engine.withoutSteps {
                _ = try engine.submit(
                    .init(prompt: bench.prompt(90, salt: 1), maxNewTokens: 50, session: .init(id)))
            }
            _ = await engine.settledStatistics()
            #expect(await engine.engine.sessionTokens(id) == known)
            let next = bench.prompt(20, salt: 2)
            let found = try await engine.reply(to: .init(prompt: next, maxNewTokens: 10, session: .init(id)))
            let expected = try await bench.alone([.init(prompt: known + next, maxNewTokens: 10)])
            Comparison.expectEqual([found], expected)
        }
    }
}
