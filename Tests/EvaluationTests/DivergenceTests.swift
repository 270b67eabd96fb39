import Evaluation
import Tensors
import TestSupport
import Testing

/// KL divergence against numpy on the logits of transformers.
@Suite struct DivergenceTests {
    struct Golden: Decodable {
        let cases: [Case]

        struct Case: Decodable {
            let reference: [String]
            let candidate: [String]
            let ids: [Int]
            let maxLength: Int
            let stride: Int
            let mean: Double
            let median: Double
            let percentile99: Double
            let maximum: Double
            let positions: Int
            let agreements: Int
            let standardErrorOfMean: Double
            let referenceMean: Double
            let candidateMean: Double

            enum CodingKeys: String, CodingKey {
                case reference, candidate, ids, stride, mean, median, maximum, positions, agreements
                case maxLength = "max_length"
                case percentile99 = "percentile_99"
                case standardErrorOfMean = "standard_error_of_mean"
                case referenceMean = "reference_mean_nll"
                case candidateMean = "candidate_mean_nll"
            }
        }
    }

    private func model(_ name: [String]) throws -> TinyEvaluationModel {
        try TinyEvaluationModel(name[0], storage: try #require(TinyStorage(rawValue: name[1])))
    }

    @Test func equalsNumpy() throws {
        let golden: Golden = try GoldenFile.json("evaluation/divergence.json")
        #expect(golden.cases.count >= 3)
        for test in golden.cases {
            let reference = try model(test.reference).reader(threads: 2, logitRows: 40)
            let candidate = try model(test.candidate).reader(threads: 2, logitRows: 31)
            let windows = try StridedWindows(
                tokenCount: test.ids.count, maxLength: test.maxLength, stride: test.stride, limit: 512)
            let result = try DivergenceEvaluator(reference: reference, candidate: candidate)
                .evaluate(EvaluationText(test.ids), windows: windows)
            let name = "\(test.reference) and \(test.candidate)"
            // Logits differ by up to 1e-4 between implementations. That moves a divergence d by up to the
            // square root of d times as much, which counts where two models are nearly the same.
            for (found, expected) in [
                (result.mean, test.mean), (result.median, test.median), (result.maximum, test.maximum),
                (result.percentile99, test.percentile99),
                (try #require(result.standardErrorOfMean), test.standardErrorOfMean),
            ] {
                #expect(abs(found - expected) < 2e-5 * max(expected.squareRoot(), expected), "\(name)")
            }
            #expect(result.positions == test.positions, "\(name)")
            #expect(
                Int((result.top1Agreement * Double(test.positions)).rounded()) == test.agreements, "\(name)")
            #expect(
                relativeDifference(result.reference.meanNegativeLogLikelihood, test.referenceMean) < 1e-5)
            #expect(
                relativeDifference(result.candidate.meanNegativeLogLikelihood, test.candidateMean) < 1e-5)
        }
    }

    @Test(arguments: [nil, WeightFormat.Storage.w8, .w4], [KVCacheShape.Element.fp16, .int4])
    func aModelDoesNotDivergeFromItself(weights: WeightFormat.Storage?, cache: KVCacheShape.Element) throws {
        let model = try TinyEvaluationModel("qwen2-tied", override: weights)
        let text = EvaluationText((0..<260).map { $0 * 71 % 151 })
        let windows = try StridedWindows(tokenCount: 260, maxLength: 100, stride: 60, limit: 512)
        let result = try DivergenceEvaluator(
            reference: model.reader(cache: cache, logitRows: 100),
            candidate: model.reader(cache: cache, threads: 2, logitRows: 23)
        ).evaluate(text, windows: windows)
        #expect(result.mean == 0 && result.maximum == 0 && result.percentile99 == 0)
        #expect(result.top1Agreement == 1)
        #expect(result.reference == result.candidate)
        let alone = try PerplexityEvaluator(model.reader(cache: cache)).evaluate(text, windows: windows)
        #expect(result.candidate == alone)
    }

    @Test func fewerBitsDivergeFurther() throws {
        let model = try TinyEvaluationModel("llama-mha")
        let text = EvaluationText((0..<200).map { $0 * 71 % 128 })
        let windows = try StridedWindows(tokenCount: 200, maxLength: 200, stride: 200, limit: 512)
        let means = try [KVCacheShape.Element.fp16, .int8, .int4].map { cache in
            try DivergenceEvaluator(reference: model.reader(), candidate: model.reader(cache: cache))
                .evaluate(text, windows: windows).mean
        }
        #expect(means[0] > 0 && means[0] < means[1] && means[1] < means[2])
    }

    @Test func modelsOfOtherVocabulariesAreRefused() throws {
        let reference = try TinyEvaluationModel("llama-mha").reader()
        let candidate = try TinyEvaluationModel("yi-like").reader()
        #expect(throws: EvaluationError.vocabularies(reference: 128, candidate: 103)) {
            try DivergenceEvaluator(reference: reference, candidate: candidate)
        }
    }

    @Test func theModelWhoseLogitsAreNotFiniteIsNamed() throws {
        let sound = try TinyEvaluationModel("mistral-window")
        let broken = try TinyEvaluationModel("llama-mha", headScale: 0x1p126)
        let windows = try StridedWindows(tokenCount: 3, maxLength: 64, stride: 20, limit: 512)
        for (reference, candidate) in [(sound, broken), (broken, sound)] {
            let evaluator = try DivergenceEvaluator(
                reference: reference.reader(), candidate: candidate.reader())
            #expect(throws: EvaluationError.notFinite(model: "llama-mha", place: 1)) {
                try evaluator.evaluate(EvaluationText([5, 6, 7]), windows: windows)
            }
        }
    }
}
