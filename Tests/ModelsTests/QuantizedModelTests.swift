import Checkpoints
import ModelTestSupport
import Tensors
import TestSupport
import Testing

/// Models that others quantised, against transformers with the weights that the files stand for.
@Suite struct QuantizedModelTests {
    /// As for models of floats.
    private static let logitTolerance: Float = 1e-4

    private static func harness(
        _ name: String, override: WeightFormat.Storage? = nil, threads: Int = 2
    ) throws -> ModelHarness {
        try ModelHarness(
            path: QuantizedGolden.folder(name), override: override, isa: .best, threads: threads)
    }

    /// The largest difference of a golden logit, and the largest golden logit.
    private static func difference(_ harness: ModelHarness, _ golden: QuantizedGolden) -> (Float, Float) {
        var (difference, largest): (Float, Float) = (0, 0)
        let prompt = golden.prompt.map(Int32.init)
        for row in golden.logits {
            let found = harness.logits(Array(prompt[...row.position]))
            guard found.count == row.values.count else { return (.infinity, 0) }
            for (found, expected) in zip(found, row.values) {
                difference = max(difference, abs(found - expected))
                largest = max(largest, abs(expected))
            }
        }
        return (difference, largest)
    }

    @Test(arguments: QuantizedGolden.names)
    func logitsInSinglePrecisionEqualTransformers(name: String) throws {
        let golden = try QuantizedGolden(name)
        let harness = try Self.harness(name, override: .fp32)
        let (difference, _) = Self.difference(harness, golden)
        #expect(difference <= Self.logitTolerance, "\(difference)")
        let greedy = harness.greedy(golden.prompt.map(Int32.init), count: golden.greedy.count)
        #expect(greedy == golden.greedy.map(Int32.init))
    }

    /// Inputs are rounded to 8 bits for integer weights, and the vocabulary's matrices with them. The weights of these
    /// models are far from having a mean of zero, so that hardly anything of the rounding cancels out.
    @Test(arguments: QuantizedGolden.names)
    func logitsOfTheIntegersAreNear(name: String) throws {
        let golden = try QuantizedGolden(name)
        let (difference, largest) = Self.difference(try Self.harness(name), golden)
        #expect(difference <= 0.06 * largest, "\(difference) of \(largest)")
    }

    @Test(arguments: QuantizedGolden.names)
    func aReplyDependsOnItsRequestAlone(name: String) throws {
        let golden = try QuantizedGolden(name)
        let prompt = golden.prompt.map(Int32.init)
        let harness = try Self.harness(name)
        let whole = harness.logits(prompt)
        #expect(whole.allSatisfy { $0.isFinite })
        for chunk in [1, 7, 64] {
            #expect(harness.logits(prompt, chunk: chunk) == whole, "chunks of \(chunk)")
        }
        let batch = harness.logits(batch: [Array(prompt.prefix(5)), prompt, Array(prompt.prefix(33))])
        #expect(batch[1] == whole)
        #expect(try Self.harness(name, threads: 1).logits(prompt) == whole)
        #expect(try Self.harness(name, threads: 3).logits(prompt) == whole)
    }
}
