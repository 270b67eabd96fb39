import TestSupport
import Testing

extension EngineTests {
    /// A reply depends on its request alone, bit for bit.
    @Suite struct ExactnessTests {
        @Test(arguments: Comparison.all, ExactnessCase.tiny)
        func tinyModelsReplyWithTheSameBits(comparison: Comparison, test: ExactnessCase) async throws {
            try await comparison.run(try Bench(test))
        }

        @Test(
            .enabled(if: DefaultModelFile.isUsable, "run `make test`, which fetches the default model"),
            arguments: Comparison.standard, ExactnessCase.standard)
        func theDefaultModelRepliesWithTheSameBits(comparison: Comparison, test: ExactnessCase) async throws {
            try await comparison.run(try Bench(test))
        }
    }
}
