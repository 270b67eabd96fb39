import ModelTestSupport
import Testing
import TurboMind

extension EngineTests {
    /// What the engine cannot do it refuses, and says by how much; nobody else notices.
    @Suite struct RefusalTests {
        private static let id = SessionID(9)

        private func engine(_ bench: Bench) throws -> EngineHarness {
            try bench.engine {
                $0.blocks = 4
                $0.maxBatchSize = 2
                $0.sessionLength = 300
                $0.maxWaiting = 3
                $0.maxSessions = 1
                $0.cachesPrefixes = true
            }
        }

        private static let refused: [(request: GenerationRequest, error: EngineError)] = [
            (.init(prompt: [], maxNewTokens: 1), .emptyPrompt),
            (.init(prompt: [1, -1], maxNewTokens: 1), .tokenOutOfRange(-1, vocabulary: 131)),
            (.init(prompt: [131, 1], maxNewTokens: 1), .tokenOutOfRange(131, vocabulary: 131)),
            (.init(prompt: [.max], maxNewTokens: 1), .tokenOutOfRange(.max, vocabulary: 131)),
            (.init(prompt: [.min], maxNewTokens: 1), .tokenOutOfRange(.min, vocabulary: 131)),
            (
                .init(prompt: [1], maxNewTokens: 1, session: .init(id, begins: true), scoresPrompt: true),
                .promptRowsInSession
            ),
            (
                .init(prompt: .init(repeating: 1, count: 300), maxNewTokens: 1),
                .promptTooLong(promptTokens: 300, historyTokens: 0, sessionLength: 300)
            ),
            (
                .init(prompt: .init(repeating: 1, count: 301), maxNewTokens: 0),
                .promptTooLong(promptTokens: 301, historyTokens: 0, sessionLength: 300)
            ),
            (
                .init(prompt: .init(repeating: 1, count: 200), maxNewTokens: 57),
                .cacheTooSmall(neededBlocks: 5, totalBlocks: 4)
            ),
            (
                .init(prompt: .init(repeating: 1, count: 20), maxNewTokens: .max),
                .cacheTooSmall(neededBlocks: 5, totalBlocks: 4)
            ),
            (.init(prompt: [1], maxNewTokens: -1), .negativeCount("maxNewTokens", -1)),
            (.init(prompt: [1], maxNewTokens: .min), .negativeCount("maxNewTokens", .min)),
            (.init(prompt: [1], maxNewTokens: 1, minNewTokens: -3), .negativeCount("minNewTokens", -3)),
            (
                .init(prompt: [1], maxNewTokens: 1, maxDraftTokens: .min),
                .negativeCount("maxDraftTokens", .min)
            ),
            (.init(prompt: [1], maxNewTokens: 1, session: .init(id)), .unknownSession(id)),
        ]

        /// By an error at once, or by the stream where it takes the engine's thread to know.
        private func refusal(of request: GenerationRequest, by engine: EngineHarness) async -> EngineError? {
            do throws(EngineError) {
                let reply = await engine.reply(try engine.submit(request))
                #expect(reply.tokens.isEmpty && reply.endings == 1)
                if case .refused(let error) = reply.reason { return error }
                return nil
            } catch {
                return error
            }
        }

        @Test func requestsThatCannotRunAreRefusedWithNumbersWhileOthersReply() async throws {
            let bench = try Bench()
            let engine = try engine(bench)
            let request = GenerationRequest(prompt: bench.prompt(90), maxNewTokens: 100)
            let expected = try await bench.alone([request])
            let running = try engine.submit(request)
            for (request, error) in Self.refused {
                let found = await refusal(of: request, by: engine)
                #expect(found == error, "\(request.prompt.count) tokens, \(request.maxNewTokens) more")
                #expect(found?.description.contains("\n") == false)
            }
            Comparison.expectEqual([await engine.reply(running)], expected)
            let statistics = await engine.settledStatistics()
            #expect(statistics.activeBlocks == 0 && statistics.sessions == 0 && statistics.waiting == 0)
        }

        @Test func theLargestRequestsThatFitRun() async throws {
            let bench = try Bench()
            let engine = try engine(bench)
            let requests: [GenerationRequest] = [
                .init(prompt: bench.prompt(200), maxNewTokens: 56),
                .init(prompt: bench.prompt(256), maxNewTokens: 0),
                .init(prompt: bench.prompt(255), maxNewTokens: 1, minNewTokens: .max, maxDraftTokens: .max),
            ]
            let replies = try await engine.repliesInTurn(to: requests)
            #expect(replies.map(\.tokens.count) == [56, 0, 1])
            #expect(replies.allSatisfy { $0.reason == .length && $0.endings == 1 })
            let expected = try await bench.alone(requests)
            Comparison.expectEqual(replies, expected)
        }

        @Test func sessionsAreUsedOneRequestAtATimeAndWithinTheirTokens() async throws {
            let bench = try Bench()
            let engine = try engine(bench)
            let busy = try engine.withoutSteps {
                let ticket = try engine.submit(
                    .init(prompt: bench.prompt(10), maxNewTokens: 5, session: .init(Self.id, begins: true)))
                let second = try engine.submit(.init(prompt: [1], maxNewTokens: 1, session: .init(Self.id)))
                let other = SessionUse(SessionID(10), begins: true)
                let third = try engine.submit(.init(prompt: [1], maxNewTokens: 1, session: other))
                return [ticket, second, third]
            }
            var replies: [Reply] = []
            for ticket in busy { replies.append(await engine.reply(ticket)) }
            #expect(
                replies.map(\.reason) == [
                    .length, .refused(.busySession(Self.id)), .refused(.tooManySessions(limit: 1)),
                ])
            for step in [-1, 16, .max, .min] {
                let use = SessionUse(Self.id, prompt: .following(step: step))
                let error = await refusal(of: .init(prompt: [1], maxNewTokens: 1, session: use), by: engine)
                #expect(error == .stepOutOfRange(step: step, Self.id, tokens: 15))
            }
            let long = GenerationRequest(prompt: bench.prompt(290), maxNewTokens: 1, session: .init(Self.id))
            #expect(
                await refusal(of: long, by: engine)
                    == .promptTooLong(promptTokens: 290, historyTokens: 15, sessionLength: 300))
            // None of that has changed it.
            #expect(await engine.engine.sessionTokens(Self.id)?.count == 15)
            await #expect(throws: EngineError.unknownSession(SessionID(10))) {
                try await engine.engine.endSession(SessionID(10))
            }
            await #expect(throws: EngineError.tokenOutOfRange(131, vocabulary: 131)) {
                try await engine.engine.restoreSession(Self.id, tokens: [131])
            }
            try await engine.engine.endSession(Self.id)
            #expect(await engine.settledStatistics().sessions == 0)
        }

        @Test func aFullQueueRefusesAndTakesRequestsAgainWhenItHasRoom() async throws {
            let bench = try Bench()
            let engine = try engine(bench)
            let request = GenerationRequest(prompt: bench.prompt(20), maxNewTokens: 3)
            let expected = try await bench.alone([request])
            for _ in 0..<3 {
                let tickets = try engine.withoutSteps {
                    let tickets = try (0..<5).map { _ in try engine.submit(request) }
                    #expect(throws: EngineError.queueFull(limit: 5)) { try engine.submit(request) }
                    return tickets
                }
                for ticket in tickets { Comparison.expectEqual([await engine.reply(ticket)], expected) }
            }
        }
    }
}
