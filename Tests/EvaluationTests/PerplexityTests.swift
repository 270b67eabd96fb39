import Evaluation
import Tensors
import TestSupport
import Testing

/// Perplexity against the loop that Hugging Face documents, run by transformers.
@Suite struct PerplexityTests {
    struct Golden: Decodable {
        let cases: [Case]

        struct Case: Decodable {
            let model: String
            let ids: [Int]
            let maxLength: Int
            let stride: Int
            let mean: Double
            let perplexity: Double
            let countedTokens: Int
            let tokens: Int
            let sum: Double
            let standardErrorOfMean: Double?

            enum CodingKeys: String, CodingKey {
                case model, ids, stride, mean, perplexity, tokens, sum
                case maxLength = "max_length"
                case countedTokens = "n_tokens"
                case standardErrorOfMean = "standard_error_of_mean"
            }
        }
    }

    /// Logits are of order ten, computed in fp32 on both sides in different orders.
    private static let tolerance = 1e-5

    @Test(arguments: InstructionSet.allCases.filter(\.isSupported))
    func equalsTheRecipeInTransformers(isa: InstructionSet) throws {
        let golden: Golden = try GoldenFile.json("evaluation/perplexity.json")
        #expect(golden.cases.count > 5)
        for test in golden.cases {
            let reader = try TinyEvaluationModel(test.model).reader(threads: 2, logitRows: 50, isa: isa)
            let text = EvaluationText(test.ids)
            let windows = try StridedWindows(
                tokenCount: test.ids.count, maxLength: test.maxLength, stride: test.stride, limit: 512)
            let result = try PerplexityEvaluator(reader).evaluate(text, windows: windows)
            let name = "\(test.model), \(test.ids.count) tokens, \(test.maxLength) by \(test.stride)"
            #expect(
                relativeDifference(result.meanNegativeLogLikelihood, test.mean) < Self.tolerance, "\(name)")
            // exp turns an absolute difference of the mean into a relative one.
            #expect(
                relativeDifference(result.perplexity, test.perplexity) < 10 * Self.tolerance, "\(name)")
            #expect(result.countedTokens == test.countedTokens, "\(name)")
            #expect(result.tokens == test.tokens, "\(name)")
            #expect(result.bytes == 3 * test.tokens, "\(name)")
            let bits = test.sum / 0.693_147_180_559_945_3 / Double(3 * test.tokens)
            #expect(relativeDifference(try #require(result.bitsPerByte), bits) < Self.tolerance, "\(name)")
            if let expected = test.standardErrorOfMean {
                let found = try #require(result.standardErrorOfMean)
                #expect(relativeDifference(found, expected) < Self.tolerance, "\(name)")
                #expect(result.standardError == found * result.perplexity)
            } else {
                #expect(result.standardErrorOfMean == nil && result.standardError == nil)
            }
        }
    }

    @Test func noBitDependsOnStepsOrThreads() throws {
        let model = try TinyEvaluationModel("llama3-scaled-tied", override: .w8)
        let text = EvaluationText((0..<300).map { $0 * 71 % 160 })
        let windows = try StridedWindows(tokenCount: 300, maxLength: 120, stride: 50, limit: 512)
        let results = try [(1, 512), (2, 9), (3, 33)].map { threads, logitRows in
            try PerplexityEvaluator(
                model.reader(cache: .int8, threads: threads, logitRows: logitRows)
            ).evaluate(text, windows: windows)
        }
        #expect(results.allSatisfy { $0 == results[0] })
    }

    @Test func progressCoversEveryComputedToken() throws {
        let text = EvaluationText((0..<200).map { $0 * 71 % 128 })
        let windows = try StridedWindows(tokenCount: 200, maxLength: 64, stride: 20, limit: 512)
        var steps: [EvaluationProgress] = []
        let result = try PerplexityEvaluator(TinyEvaluationModel("llama-mha").reader(logitRows: 8))
            .evaluate(text, windows: windows) { steps.append($0) }
        #expect(zip(steps, steps.dropFirst()).allSatisfy { $0.completed < $1.completed })
        let last = try #require(steps.last)
        #expect(last.completed == windows.computedTokens && last.total == last.completed)
        #expect(last.perplexity == result.perplexity)
        #expect(steps.first?.perplexity == nil)
    }

    @Test func tokensOutsideOfTheVocabularyAreRefused() throws {
        let reader = try TinyEvaluationModel("llama-mha").reader()
        let windows = try StridedWindows(tokenCount: 3, maxLength: 64, stride: 20, limit: 512)
        for token in [128, -1] {
            #expect(throws: EvaluationError.tokenOutOfRange(token: Int32(token), place: 1, vocabulary: 128)) {
                try PerplexityEvaluator(reader).evaluate(EvaluationText([5, token, 7]), windows: windows)
            }
        }
    }

    @Test func logitsThatAreNotFiniteAreNamed() throws {
        let reader = try TinyEvaluationModel("llama-mha", headScale: 0x1p126).reader()
        let windows = try StridedWindows(tokenCount: 3, maxLength: 64, stride: 20, limit: 512)
        let error = #expect(throws: EvaluationError.notFinite(model: "llama-mha", place: 1)) {
            try PerplexityEvaluator(reader).evaluate(EvaluationText([5, 6, 7]), windows: windows)
        }
        #expect(error?.description.contains("llama-mha gives logits that are not finite at token 1") == true)
    }
}
