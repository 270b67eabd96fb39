package import ArgumentParser
internal import Checkpoints
internal import Evaluation
internal import LMDeploy
internal import Tokenization

/// `lmdeploy eval choice`: multiple-choice questions, answered by likelihood.
package struct ChoiceCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "choice",
        abstract: "Answer multiple-choice questions by likelihood.",
        discussion: """
            Each line of the file is a JSON object: {"question": "…", "choices": ["…", "…"], "answer": 0}. Instead \
            of question it may have context or prompt; the answer is a choice's number from 0, its letter from A, \
            or its text. The model's answer is the choice of the greatest log-likelihood after the question, as a \
            sum and for each byte of the choice.
            """)

    @OptionGroup(title: "Model") package var model: ModelOptions

    @Option(help: ArgumentHelp("A JSONL file with the questions; - for standard input.", valueName: "file"))
    package var file: String

    @Option(help: ArgumentHelp("Take only as many questions.", valueName: "n"))
    package var questions: Int?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "What stands between a question and a choice. (default: a space)", valueName: "text"))
    package var delimiter: String?

    @Option(
        help: ArgumentHelp(
            "Most tokens of question and choice; longer questions lose their beginning. (default: 4096, or the "
                + "model's limit if that is lower)", valueName: "n"))
    package var maxLength: Int?

    @OptionGroup(title: "Measurement") package var options: EvaluationOptions

    package init() {}

    private static let defaultLength = 4096

    package func validate() throws {
        for (name, value) in [("--questions", questions), ("--max-length", maxLength)] {
            guard let value, value < 1 else { continue }
            throw ToolError.option(name: name, found: "\(value)", expected: "at least 1")
        }
    }

    package func run() throws {
        var parsed = try ChoiceQuestion.parse(try InputFile.read(file))
        if let questions { parsed = Array(parsed.prefix(questions)) }
        let bench = try EvaluationBench(options.engineConfig)
        let weights = try bench.load(
            model.model, hub: model.hub, format: model.modelFormat, config: options.engineConfig)
        let limit = weights.configuration.maximumPositions
        let length = maxLength ?? min(Self.defaultLength, limit)
        guard length <= limit else {
            throw ToolError.option(
                name: "--max-length", found: "\(length)", expected: "at most \(limit), the model's limit")
        }
        let delimiter = delimiter ?? " "
        let evaluator = ChoiceEvaluator(
            try bench.reader(weights, maxTokens: length),
            encoding: ChoiceEncoding(delimiter: delimiter, encode: ContinuedText(weights.tokenizer).encode))
        let (result, seconds) = try bench.timed(unit: "questions") { progress in
            try evaluator.evaluate(parsed, progress: progress)
        }
        let report = ChoiceReport(
            model: EvaluatedModel(weights), file: file, maxLength: length, delimiter: delimiter,
            result: result, seconds: seconds)
        try StandardStream.write(report.table)
        if let json = options.json { try OutputFile.write(try JSONText.encode(report), to: json) }
    }
}

/// Encodes texts that go on: with the special tokens that begin a sequence, and without those that end it.
struct ContinuedText {
    private let tokenizer: Tokenizer
    private let prefix: [Int32]

    init(_ tokenizer: Tokenizer) {
        self.tokenizer = tokenizer
        // What surrounds a text does not depend on it.
        let plain = tokenizer.encode("a", addSpecialTokens: false)
        let whole = tokenizer.encode("a", addSpecialTokens: true)
        let added = max(0, whole.count - plain.count)
        let place = (0...added).first { whole.dropFirst($0).starts(with: plain) } ?? 0
        prefix = Array(whole.prefix(place))
    }

    func encode(_ text: String) -> [Int32] { prefix + tokenizer.encode(text, addSpecialTokens: false) }
}

/// Accuracies and what they were measured on.
struct ChoiceReport: Encodable {
    let model: EvaluatedModel
    let file: String
    let maxLength: Int
    let delimiter: String
    let result: ChoiceResult
    let seconds: Double

    var table: String {
        func share(_ accuracy: ChoiceResult.Accuracy) -> String {
            let percent = FactLines.number(
                100 * accuracy.value, standardError: accuracy.standardError.map { 100 * $0 }, decimals: 2)
            return percent + " %"
        }
        var facts = [
            ("model", model.text),
            ("questions", "\(result.questions) of \(file)"),
            ("accuracy, sum of the log-likelihoods", share(result.accuracy)),
            ("accuracy, log-likelihood for each byte", share(result.accuracyByBytes)),
            ("accuracy of guessing", "\((100 * result.chance).fixed(2)) %"),
        ]
        if result.truncatedQuestions > 0 {
            facts.append(
                ("shortened", "\(result.truncatedQuestions) questions, to \(maxLength) tokens"))
        }
        facts.append(("time", "\(seconds.fixed(1)) s"))
        return FactLines.text(facts)
    }
}
