import Evaluation
import ModelTestSupport
import Tensors
import TestSupport
import Testing
import TurboMind

/// The reader's logits are the engine's, however a text is cut into steps.
@Suite struct LogitsReaderTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var model: String
        var weights: WeightFormat.Storage
        var cache: KVCacheShape.Element
        var testDescription: String { "\(model), \(weights), \(cache.rawValue)" }
    }

    static let cases = [
        Case(model: "llama-mha", weights: .fp32, cache: .fp32),
        Case(model: "llama-mha", weights: .w8, cache: .int8),
        Case(model: "qwen2-untied", weights: .fp16, cache: .fp16),
        Case(model: "mistral-window", weights: .w4, cache: .int4),
    ]

    private func bits(_ reader: LogitsReader, _ tokens: [Int32], from first: Int = 0) -> [[UInt32]] {
        var rows: [[UInt32]] = []
        reader.read(tokens, from: first) { position, logits in
            #expect(position == first + rows.count)
            rows.append(logits.map(\.bitPattern))
        }
        return rows
    }

    @Test(arguments: cases)
    func rowsAreTheEnginesToTheBit(_ test: Case) async throws {
        let model = try TinyEvaluationModel(test.model, override: test.weights)
        let tokens = (0..<200).map { Int32($0 * 37 % model.model.vocabulary) }
        let engine = try EngineHarness(model.model, .init(cacheElement: test.cache))
        let ticket = try engine.submit(
            GenerationRequest(
                prompt: tokens, maxNewTokens: 0, scoresPrompt: true,
                outputs: RowOutputs(logits: true, includesPrompt: true)))
        var expected: [[UInt32]] = []
        for await event in ticket.events {
            if case .output(let output) = event { expected.append(output.logits.map(\.bitPattern)) }
        }
        #expect(expected.count == tokens.count)
        #expect(bits(try model.reader(cache: test.cache), tokens) == expected)
    }

    @Test(arguments: cases)
    func stepsAndThreadsChangeNoBit(_ test: Case) throws {
        let model = try TinyEvaluationModel(test.model, override: test.weights)
        let tokens = (0..<150).map { Int32($0 * 53 % model.model.vocabulary) }
        let expected = bits(try model.reader(cache: test.cache), tokens)
        #expect(expected.count == tokens.count)
        for (threads, logitRows) in [(1, 1), (2, 7), (3, 64), (2, 149)] {
            let reader = try model.reader(cache: test.cache, threads: threads, logitRows: logitRows)
            #expect(reader.logitRows == logitRows)
            #expect(bits(reader, tokens) == expected, "\(threads) threads, \(logitRows) rows")
            // A text leaves nothing behind for the next one.
            #expect(bits(reader, Array(tokens.prefix(70)), from: 66) == Array(expected[66..<70]))
        }
    }

    @Test func atLeastOneRowIsHeld() throws {
        let model = try TinyEvaluationModel("llama-mha")
        #expect(try model.reader(logitRows: 0).logitRows == 1)
        #expect(try model.reader(maxTokens: 40).logitRows == 40)
    }
}
