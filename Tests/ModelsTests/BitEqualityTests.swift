import ModelTestSupport
import Tensors
import TestSupport
import Testing

/// A reply depends on its request alone: the same tokens give the same bits however they are computed.
@Suite struct BitEqualityTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var storage: WeightFormat.Storage
        var isa: InstructionSet
        var testDescription: String { "\(storage.rawValue), \(isa.rawValue)" }
    }

    static let cases = WeightFormat.Storage.allCases.flatMap { storage in
        InstructionSet.allCases.filter(\.isSupported).map { Case(storage: storage, isa: $0) }
    }

    private static let model = "smollm-like"
    private static let prompt = (0..<330).map { Int32(($0 * 37 + $0 / 7) % 90) }

    private func load(_ test: Case, threads: Int, folder: String) throws -> ModelHarness {
        try ModelHarness(path: folder, override: test.storage, isa: test.isa, threads: threads)
    }

    private func withModel(_ body: (String) throws -> Void) throws {
        let golden = try TinyModelGolden(Self.model)
        try withTemporaryFolder { folder in
            try TinyCheckpoint.write(golden.spec, to: folder)
            try body(folder)
        }
    }

    @Test(arguments: cases)
    func chunksOfAnySizeGiveTheBitsOfOnePrefill(_ test: Case) throws {
        try withModel { folder in
            let harness = try load(test, threads: 2, folder: folder)
            let whole = harness.logits(Self.prompt)
            #expect(whole.allSatisfy { $0.isFinite })
            for chunk in [1, 7, 64, 300] {
                #expect(harness.logits(Self.prompt, chunk: chunk) == whole, "chunks of \(chunk)")
            }
        }
    }

    @Test(arguments: cases)
    func threadsDoNotChangeABit(_ test: Case) throws {
        try withModel { folder in
            let one = try load(test, threads: 1, folder: folder).logits(Self.prompt)
            for threads in [2, 3] {
                let several = try load(test, threads: threads, folder: folder)
                #expect(several.logits(Self.prompt) == one, "\(threads) threads")
            }
        }
    }

    @Test(arguments: cases)
    func neighboursInTheBatchDoNotChangeABit(_ test: Case) throws {
        try withModel { folder in
            let harness = try load(test, threads: 2, folder: folder)
            let sequences = [5, 1, 64, 130, 2].map { Array(Self.prompt.prefix($0)) }
            let alone = sequences.map { harness.logits($0) }
            #expect(harness.logits(batch: sequences) == alone)
            #expect(harness.logits(batch: sequences.reversed()) == alone.reversed())
        }
    }

    @Test func oneTokenAtATimeFillsTheCacheAsAPrefillDoes() throws {
        try withModel { folder in
            let test = Case(storage: .w4, isa: .best)
            let harness = try load(test, threads: 2, folder: folder)
            let steps = harness.logitsOfEveryPosition(Array(Self.prompt.prefix(70)))
            #expect(steps[69] == harness.logits(Array(Self.prompt.prefix(70))))
            #expect(steps[30] == harness.logits(Array(Self.prompt.prefix(31))))
        }
    }
}
