import ArgumentParser
import Commands
import Testing

@Suite struct EvaluateCommandTests {
    private func parse(_ line: String) throws -> any ParsableCommand {
        let arguments = ["eval"] + line.split(separator: " ").map(String.init)
        return try LMDeployTool.parseAsRoot(ArgumentNormalization.normalize(arguments))
    }

    @Test func everyOptionOfPerplexityIsRead() throws {
        let command = try #require(
            try parse(
                "perplexity m --text t --max_length 64 --stride 3 --tokens 99 --dtype w8 --quant_policy 4 "
                    + "--threads 2 --json j --model_format gguf") as? PerplexityCommand)
        #expect(command.model.model == "m" && command.model.modelFormat == "gguf")
        #expect(command.windows.text == "t" && command.windows.tokens == 99)
        #expect(command.windows.maxLength == 64 && command.windows.stride == 3)
        #expect(command.options.dtype == "w8" && command.options.quantPolicy == 4)
        #expect(command.options.threads == 2 && command.options.json == "j")
    }

    @Test func theCandidateIsAnotherModelOrAnotherForm() throws {
        let two = try #require(try parse("kl a b --text t") as? DivergenceCommand)
        #expect(two.reference == "a" && two.candidate == "b")
        let one = try #require(
            try parse("kl a --text t --reference-dtype float32 --dtype w4") as? DivergenceCommand)
        #expect(one.candidate == nil && one.referenceDtype == "float32" && one.options.dtype == "w4")
        let itself = try #require(try parse("kl a a --text t") as? DivergenceCommand)
        #expect(itself.candidate == "a")
    }

    @Test func everyOptionOfChoiceIsRead() throws {
        let command = try #require(
            try parse("choice m --file f --questions 5 --delimiter=: --max-length 7") as? ChoiceCommand)
        #expect(command.file == "f" && command.questions == 5)
        #expect(command.delimiter == ":" && command.maxLength == 7)
        #expect(try #require(try parse("choice --file f") as? ChoiceCommand).delimiter == nil)
    }

    @Test(arguments: [
        ("perplexity m", "Missing expected argument '--text <file>'"),
        ("perplexity m --text t --stride 0", "--stride is 0, expected at least 1"),
        ("perplexity m --text t --max-length 1", "--max-length is 1, expected at least 2"),
        ("perplexity m --text t --tokens 1", "--tokens is 1, expected at least 2"),
        ("perplexity m --text t --threads 0", "--threads is 0, expected at least 1"),
        ("perplexity m --text t --quant-policy 3", "--quant-policy is 3, expected 0, 4 or 8"),
        ("kl a --text t", "the candidate is the reference itself: name another model, or give --dtype"),
        ("kl a --text t --dtype w4 --reference-dtype w4", "the candidate is the reference itself"),
        ("kl a b --text t --reference-quant-policy 1", "--reference-quant-policy is 1, expected 0, 4 or 8"),
        ("kl a b --text t --reference-model-format x", "--reference-model-format is 'x', expected hf"),
        ("choice m", "Missing expected argument '--file <file>'"),
        ("choice m --file f --questions 0", "--questions is 0, expected at least 1"),
    ])
    func errorsNameTheOption(line: String, message: String) {
        let words = ("eval " + line).split(separator: " ").map(String.init)
        let arguments = ArgumentNormalization.normalize(words)
        let error = #expect(throws: (any Error).self) { try LMDeployTool.parseAsRoot(arguments) }
        let found = error.map { CommandLineError.line(for: $0, arguments: arguments) } ?? ""
        #expect(found.hasPrefix("lmdeploy: error: \(message)"), "\(found)")
    }
}
