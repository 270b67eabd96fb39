import Checkpoints
import ModelTestSupport
import Tensors
import TestSupport
import Testing

/// Tiny random models against Hugging Face transformers: same configuration, same weights, fp32 compute.
@Suite struct TinyModelTests {
    /// Largest difference of a logit from transformers. Logits are of order one; the reductions are a few
    /// hundred fp32 terms in another order.
    private static let logitTolerance: Float = 1e-4

    struct Case: CustomTestStringConvertible, Sendable {
        var name: String
        var isa: InstructionSet
        var testDescription: String { "\(name), \(isa.rawValue)" }
    }

    static let cases = TinyModelGolden.names.flatMap { name in
        InstructionSet.allCases.filter(\.isSupported).map { Case(name: name, isa: $0) }
    }

    @Test(arguments: cases)
    func logitsEqualTransformers(_ test: Case) throws {
        let golden = try TinyModelGolden(test.name)
        for storage in Set(golden.runs.map(\.storage)).sorted(by: { $0.rawValue < $1.rawValue }) {
            try withTemporaryFolder { folder in
                try TinyCheckpoint.write(golden.spec, to: folder, storage: storage)
                let harness = try ModelHarness(path: folder, override: .fp32, isa: test.isa, threads: 2)
                for run in golden.runs where run.storage == storage {
                    let prompt = run.prompt.map(Int32.init)
                    for row in run.logits {
                        let found = harness.logits(Array(prompt[...row.position]))
                        let difference = zip(found, row.values).map { abs($0 - $1) }.max() ?? .infinity
                        #expect(found.count == row.values.count)
                        #expect(
                            difference <= Self.logitTolerance,
                            "\(storage) prompt of \(prompt.count), position \(row.position)")
                    }
                    #expect(harness.greedy(prompt, count: run.greedy.count) == run.greedy.map(Int32.init))
                }
            }
        }
    }

    @Test(arguments: TinyModelGolden.names)
    func shardsAndConfigurationStylesMeanTheSameModel(name: String) throws {
        var rows: [[Float]] = []
        for style in TinyConfigStyle.allCases {
            let golden = try TinyModelGolden(name, config: style)
            for shards in [1, 3] {
                try withTemporaryFolder { folder in
                    try TinyCheckpoint.write(golden.spec, to: folder, shards: shards)
                    let harness = try ModelHarness(path: folder, override: nil, isa: .best)
                    rows.append(harness.logits([1, 2, 3, 4, 5]))
                }
            }
        }
        #expect(rows.allSatisfy { $0 == rows[0] })
    }
}
