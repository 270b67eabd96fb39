import ModelTestSupport
import Testing
import TurboMind

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

extension EngineTests {
    /// Stopping an engine answers everybody, once.
    @Suite struct StopTests {
        @Test func stoppingEndsRunningAndWaitingRequests() async throws {
            let bench = try Bench()
            let engine = try bench.engine { $0.maxBatchSize = 4 }
            let tickets = try (0..<20).map { place in
                try engine.submit(
                    .init(
                        prompt: bench.prompt(40, salt: place), maxNewTokens: 1500,
                        session: place % 2 == 0 ? .init(SessionID(UInt64(place)), begins: true) : nil))
            }
            // Somebody is in the middle of a reply.
            var events = tickets[0].events.makeAsyncIterator()
            _ = await events.next()
            engine.engine.stop()
            for ticket in tickets.dropFirst() {
                let reply = await engine.reply(ticket)
                #expect(reply.reason == .cancelled && reply.endings == 1)
            }
            let statistics = engine.engine.statistics
            #expect(statistics.activeBlocks == 0 && statistics.running == 0 && statistics.waiting == 0)
            #expect(throws: EngineError.stopped) { try engine.submit(.init(prompt: [1], maxNewTokens: 1)) }
            engine.engine.stop()
        }

        @Test func stoppingAnswersWhoAsksAboutSessionsInTheSameMoment() async throws {
            let bench = try Bench()
            for _ in 0..<4 {
                let engine = try bench.engine()
                // A step that is long enough for questions and the order to stop to meet in the mailbox.
                engine.whenStepBegins { if $0 == 1 { usleep(40_000) } }
                let ticket = try engine.submit(.init(prompt: bench.prompt(40), maxNewTokens: 500))
                let answers = await withTaskGroup(of: Void.self) { group in
                    for place in 0..<30 { group.addTask { await Self.ask(engine.engine, place) } }
                    group.addTask {
                        try? await Task.sleep(for: .milliseconds(20))
                        engine.engine.stop()
                    }
                    return await group.reduce(into: 0) { count, _ in count += 1 }
                }
                #expect(answers == 31)
                #expect(await engine.reply(ticket).endings == 1)
                #expect(await engine.engine.sessionTokens(SessionID(0)) == nil)
            }
        }

        /// Every question has an answer; which one depends on who comes first.
        private static func ask(_ engine: Engine, _ place: Int) async {
            let id = SessionID(UInt64(place))
            do throws(EngineError) {
                switch place % 3 {
                case 0: try await engine.endSession(id)
                case 1: try await engine.restoreSession(id, tokens: [1, 2])
                default: _ = await engine.sessionTokens(id)
                }
            } catch {
                #expect(error == .stopped || error == .unknownSession(id))
            }
        }
    }
}
