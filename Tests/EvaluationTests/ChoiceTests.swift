import Evaluation
import Tensors
import TestSupport
import Testing

/// Multiple choice against transformers and the rules of evaluation harnesses, written down in Python.
@Suite struct ChoiceTests {
    struct Golden: Decodable {
        let model: String
        let maxLength: Int
        let questions: [Question]
        let cases: [Case]

        struct Question: Decodable {
            let prompt: String
            let choices: [String]
            let answer: Int
        }

        struct Case: Decodable {
            let unit: Int
            let delimiter: String
            let items: [Item]
        }

        struct Item: Decodable {
            let logLikelihoods: [Double]
            let truncated: Bool
            let chosen: Int
            let chosenByBytes: Int

            enum CodingKeys: String, CodingKey {
                case truncated, chosen
                case logLikelihoods = "log_likelihoods"
                case chosenByBytes = "chosen_by_bytes"
            }
        }

        enum CodingKeys: String, CodingKey {
            case model, questions, cases
            case maxLength = "max_length"
        }

        init() throws {
            self = try GoldenFile.json("evaluation/choice.json")
        }

        var parsed: [ChoiceQuestion] {
            questions.enumerated().map {
                ChoiceQuestion(
                    line: $0.offset + 1, context: $0.element.prompt, choices: $0.element.choices,
                    answer: $0.element.answer)
            }
        }
    }

    /// A begin token, then one token for every `unit` bytes: with 2, a context and a choice may share a token.
    private static func encode(_ text: String, unit: Int, vocabulary: Int) -> [Int32] {
        let bytes = Array(text.utf8)
        let ids = stride(from: 0, to: bytes.count, by: unit).map { start in
            let group = bytes[start..<min(start + unit, bytes.count)]
            return Int32(group.reversed().reduce(0) { $0 * 31 + Int($1) } % vocabulary)
        }
        return [1] + ids
    }

    private static func evaluator(
        _ reader: LogitsReader, unit: Int = 1, delimiter: String = " "
    ) -> ChoiceEvaluator {
        let vocabulary = reader.vocabulary
        return ChoiceEvaluator(
            reader,
            encoding: ChoiceEncoding(delimiter: delimiter) {
                encode($0, unit: unit, vocabulary: vocabulary)
            })
    }

    @Test func likelihoodsEqualTransformers() throws {
        let golden = try Golden()
        let model = try TinyEvaluationModel(golden.model)
        let reader = try model.reader(threads: 2, maxTokens: golden.maxLength, logitRows: 20)
        for test in golden.cases {
            let result = try Self.evaluator(reader, unit: test.unit, delimiter: test.delimiter)
                .evaluate(golden.parsed)
            #expect(result.items.count == test.items.count)
            for (found, expected) in zip(result.items, test.items) {
                let name = "\(test.unit) bytes, '\(test.delimiter)', line \(found.line)"
                #expect(found.logLikelihoods.count == expected.logLikelihoods.count)
                for (value, reference) in zip(found.logLikelihoods, expected.logLikelihoods) {
                    #expect(relativeDifference(value, reference) < 2e-5, "\(name)")
                }
                #expect(found.chosen == expected.chosen, "\(name)")
                #expect(found.chosenByBytes == expected.chosenByBytes, "\(name)")
                #expect(found.isTruncated == expected.truncated, "\(name)")
            }
            let count = test.items.count
            let right = zip(test.items, golden.questions).count { $0.chosen == $1.answer }
            let rightByBytes = zip(test.items, golden.questions).count { $0.chosenByBytes == $1.answer }
            #expect(result.questions == count)
            #expect(result.accuracy.value == Double(right) / Double(count))
            #expect(result.accuracyByBytes.value == Double(rightByBytes) / Double(count))
            let share = result.accuracy.value
            #expect(
                abs(
                    try #require(result.accuracy.standardError)
                        - (share * (1 - share) / Double(count - 1)).squareRoot()) < 1e-15)
            #expect(result.truncatedQuestions == test.items.count(where: \.truncated))
        }
        // The goldens hold what they are there to show.
        #expect(golden.cases.contains { $0.items.contains { $0.chosen != $0.chosenByBytes } })
        #expect(golden.cases.contains { $0.items.contains(where: \.truncated) })
    }

    @Test func noBitDependsOnStepsThreadsOrOtherChoices() throws {
        let golden = try Golden()
        let model = try TinyEvaluationModel(golden.model, override: .w8)
        let expected = try Self.evaluator(model.reader(cache: .int8)).evaluate(golden.parsed)
        for (threads, logitRows) in [(2, 1), (1, 5), (3, 64)] {
            let reader = try model.reader(cache: .int8, threads: threads, logitRows: logitRows)
            #expect(try Self.evaluator(reader).evaluate(golden.parsed) == expected)
        }
        // The context is computed once for all choices; alone or in another order a choice has the same bits.
        for (question, item) in zip(golden.parsed, expected.items) {
            var turned = question
            turned.choices.reverse()
            let found = try Self.evaluator(model.reader(cache: .int8)).evaluate([turned]).items[0]
            #expect(found.logLikelihoods == item.logLikelihoods.reversed())
        }
    }

    @Test func whiteSpaceBehindTheContextBelongsToTheChoice() throws {
        let reader = try TinyEvaluationModel("llama-mha").reader()
        func likelihoods(_ context: String, delimiter: String) throws -> [Double] {
            let question = ChoiceQuestion(line: 1, context: context, choices: ["one", "two"], answer: 0)
            let result = try Self.evaluator(reader, delimiter: delimiter).evaluate([question])
            return result.items[0].logLikelihoods
        }
        #expect(try likelihoods("Count: ", delimiter: "") == likelihoods("Count:", delimiter: " "))
        #expect(try likelihoods("Count:", delimiter: "") != likelihoods("Count:", delimiter: " "))
    }

    struct BadCase: Sendable {
        var unit = 1
        var delimiter = " "
        var context: String
        var choices: [String]
        var message: String
    }

    @Test(arguments: [
        BadCase(
            context: "A", choices: ["short", "much longer than 12"],
            message:
                "'choices' is 'much longer than 12' with 20 tokens, expected choices of at most 12: raise "
                + "--max-length"),
        BadCase(
            context: " \n", choices: ["a", "b"], message: "'question' is white space, expected a text"),
        // Two bytes are one token: what is added to one byte of context has none of its own.
        BadCase(
            unit: 2, delimiter: "", context: "odd", choices: ["x", "y"],
            message:
                "'choices' is 'x', which has no tokens of its own, expected choices of at least one token"),
    ])
    func choicesThatCannotBeScoredAreRefused(_ test: BadCase) throws {
        let reader = try TinyEvaluationModel("llama-mha").reader(maxTokens: 12)
        let evaluator = Self.evaluator(reader, unit: test.unit, delimiter: test.delimiter)
        let question = ChoiceQuestion(line: 4, context: test.context, choices: test.choices, answer: 0)
        let error = #expect(throws: EvaluationError.self) { try evaluator.evaluate([question]) }
        #expect(error?.description == "line 4: " + test.message)
        #expect(throws: EvaluationError.noQuestions) { try evaluator.evaluate([]) }
    }

    @Test func theFirstOfEqualChoicesWins() throws {
        let reader = try TinyEvaluationModel("llama-mha").reader()
        let evaluator = ChoiceEvaluator(
            reader, encoding: ChoiceEncoding { text in text.hasSuffix("?") ? [5] : [5, 6] })
        let question = ChoiceQuestion(line: 1, context: "Same?", choices: ["one", "two"], answer: 1)
        let result = try evaluator.evaluate([question])
        #expect(result.items[0].chosen == 0 && result.items[0].chosenByBytes == 0)
        #expect(result.accuracy.value == 0)
        #expect(result.accuracy.standardError == nil)
    }
}
