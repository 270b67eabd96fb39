import ModelTestSupport
import Models
import Tensors
import Testing
import TurboMind

extension EngineTests {
    /// Looking at the clock changes no reply.
    @Suite struct StepProfileTests {
        @Test(arguments: [1, 2])
        func stepsAreProfiledByKind(threads: Int) async throws {
            let bench = try Bench()
            let engine = try bench.engine { $0.threads = threads }
            let plain = try await engine.reply(to: .init(prompt: bench.prompt(40), maxNewTokens: 8))
            let profiler = StepProfiler()
            await engine.engine.profileSteps(with: profiler)
            let profiled = try await engine.reply(
                to: .init(prompt: bench.prompt(40, salt: 1), maxNewTokens: 8))
            await engine.engine.profileSteps(with: nil)
            let again = try await engine.reply(to: .init(prompt: bench.prompt(40, salt: 1), maxNewTokens: 8))
            #expect(plain.tokens.count == 8)
            #expect(profiled.content == again.content)

            let profiles = profiler.take()
            #expect(profiles.prefill.steps == 1 && profiles.prefill.rows == 40)
            #expect(profiles.decode.steps == 7 && profiles.decode.rows == 7)
            #expect(profiler.take().decode.steps == 0)
            let layers = bench.model.model.geometry.layers
            for profile in [profiles.prefill, profiles.decode] {
                let trace = profile.commands
                let attention = trace.times.filter { $0.key.description == "attention" }
                #expect(attention.map(\.value.commands) == [layers * profile.steps])
                #expect(trace.kinds.first?.description == "embedding")
                #expect(trace.kinds.contains { $0.description.hasPrefix("linear ") })
                let sum = trace.times.values.reduce(0) { $0 + $1.computing + $1.encoding + $1.waiting }
                #expect(sum > 0)
                #expect(.nanoseconds(Int64(sum)) <= profile.computing * threads)
            }
        }
    }
}
