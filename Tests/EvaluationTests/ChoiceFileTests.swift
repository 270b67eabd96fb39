import Evaluation
import Testing

@Suite struct ChoiceFileTests {
    private func parse(_ text: String) throws -> [ChoiceQuestion] {
        try ChoiceQuestion.parse(Array(text.utf8))
    }

    @Test func answersAreTextsNumbersAndLetters() throws {
        let questions = try parse(
            """
            {"question": "One?", "choices": ["a b", "c"], "answer": 1}

            {"context": "Two", "choices": ["x", "y", "z"], "answer": "C", "id": 7, "subject": {"k": [1]}}
            \t \r
            {"prompt": "Three", "choices": ["red", "blue"], "answer": "blue"}\r
            {"prompt": "Four", "choices": ["B", "A"], "answer": "A"}
            {"prompt": "Five", "choices": ["0", "1", "2"], "answer": "b"}
            """)
        #expect(
            questions == [
                ChoiceQuestion(line: 1, context: "One?", choices: ["a b", "c"], answer: 1),
                ChoiceQuestion(line: 3, context: "Two", choices: ["x", "y", "z"], answer: 2),
                ChoiceQuestion(line: 5, context: "Three", choices: ["red", "blue"], answer: 1),
                // A choice that is spelt like a letter goes before the letter's place.
                ChoiceQuestion(line: 6, context: "Four", choices: ["B", "A"], answer: 1),
                ChoiceQuestion(line: 7, context: "Five", choices: ["0", "1", "2"], answer: 1),
            ])
    }

    @Test func canonicallyEquivalentChoicesAreTwo() throws {
        let file = #"{"prompt": "p", "choices": ["\u00e9", "e\u0301"], "answer": "e\u0301"}"#
        let questions = try parse(file)
        #expect(questions[0].choices.count == 2)
        #expect(questions[0].answer == 1)
    }

    struct BadCase: Sendable {
        var line: String
        var message: String
    }

    static let badCases = [
        BadCase(line: "[1]", message: "'the line' is an array, expected an object"),
        BadCase(line: #"{"prompt": "p", }"#, message: "'byte 16' is '}', expected"),
        BadCase(
            line: #"{"choices": ["a", "b"], "answer": 0}"#,
            message: "'question' is missing, expected one of question, context and prompt"),
        BadCase(
            line: #"{"question": "q", "prompt": "p", "choices": ["a", "b"], "answer": 0}"#,
            message: "'question' is there with prompt, expected one of question, context and prompt"),
        BadCase(
            line: #"{"prompt": "", "choices": ["a", "b"], "answer": 0}"#,
            message: "'prompt' is empty, expected a text"),
        BadCase(
            line: #"{"context": 3, "choices": ["a", "b"], "answer": 0}"#,
            message: "'context' is a number, expected a text"),
        BadCase(
            line: #"{"prompt": "p", "prompt": "r", "choices": ["a", "b"], "answer": 0}"#,
            message: "'prompt' is there twice, expected it once"),
        BadCase(
            line: #"{"prompt": "p", "answer": 0}"#,
            message: "'choices' is missing, expected an array of two or more different texts"),
        BadCase(line: #"{"prompt": "p", "choices": "ab", "answer": 0}"#, message: "'choices' is a string"),
        BadCase(
            line: #"{"prompt": "p", "choices": ["a"], "answer": 0}"#,
            message: "'choices' is an array of 1"),
        BadCase(
            line: #"{"prompt": "p", "choices": ["a", null], "answer": 0}"#,
            message: "'choices' is an array with null"),
        BadCase(
            line: #"{"prompt": "p", "choices": ["a", ""], "answer": 0}"#,
            message: "'choices' is an array with an empty text"),
        BadCase(
            line: #"{"prompt": "p", "choices": ["a", "a"], "answer": 0}"#,
            message: "'choices' is an array with 'a' twice"),
        BadCase(
            line: #"{"prompt": "p", "choices": ["a", "b"]}"#,
            message: "'answer' is missing, expected a choice's text, its number (0...1) or its letter"),
        BadCase(line: #"{"prompt": "p", "choices": ["a", "b"], "answer": 2}"#, message: "'answer' is 2"),
        BadCase(line: #"{"prompt": "p", "choices": ["a", "b"], "answer": -1}"#, message: "'answer' is -1"),
        BadCase(line: #"{"prompt": "p", "choices": ["x", "y"], "answer": "C"}"#, message: "'answer' is 'C'"),
        BadCase(line: #"{"prompt": "p", "choices": ["x", "y"], "answer": "1"}"#, message: "'answer' is '1'"),
        BadCase(
            line: #"{"prompt": "p", "choices": ["x", "y"], "answer": true}"#,
            message: "'answer' is a boolean"),
    ]

    @Test(arguments: badCases)
    func errorsNameLineAndField(_ test: BadCase) {
        let good = #"{"prompt": "p", "choices": ["a", "b"], "answer": 0}"#
        let file = "\(good)\n\n\(test.line)\n\(good)\n"
        let error = #expect(throws: EvaluationError.self) { try parse(file) }
        #expect(
            error?.description.hasPrefix("line 3: \(test.message)") == true, "\(error?.description ?? "")")
    }

    @Test(arguments: ["", "\n \r\n\t\n"])
    func aFileWithoutQuestionsIsRefused(_ text: String) {
        #expect(throws: EvaluationError.noQuestions) { try parse(text) }
    }
}
