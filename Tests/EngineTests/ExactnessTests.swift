import Testing

/// A reply depends on its request alone, bit for bit.
///
/// Tests of engines run one after the other: an engine's threads take the whole machine.
@Suite(.serialized) struct ExactnessTests {
    @Test(arguments: Comparison.all, ExactnessCase.tiny)
    func tinyModelsReplyWithTheSameBits(comparison: Comparison, test: ExactnessCase) async throws {
        try await comparison.run(try Bench(test))
    }

    @Test(
        .enabled(if: DefaultModelFile.isUsable, "run `make test`, which fetches the default model"),
        arguments: Comparison.all, ExactnessCase.standard)
    func theDefaultModelRepliesWithTheSameBits(comparison: Comparison, test: ExactnessCase) async throws {
        try await comparison.run(try Bench(test))
    }
}
