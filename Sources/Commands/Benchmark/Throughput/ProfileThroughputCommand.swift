package import ArgumentParser
internal import LMDeploy

/// `lmdeploy benchmark profile_throughput`: many requests, a fixed number of them open at a time.
package struct ProfileThroughputCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "profile_throughput",
        abstract: "Measure throughput, latencies and fairness with many requests.",
        discussion: """
            Every concurrency is measured with the same requests on an engine of its own, so that no reply \
            profits from an earlier one. Replies ignore end-of-sequence tokens. A data set is a local JSON file \
            in ShareGPT's form; it may also stand before or after the model when its name ends in .json.
            """,
        aliases: ["profile-throughput"])

    @OptionGroup(title: "Model") package var model: ModelOptions
    @OptionGroup(title: "Requests") package var workload: WorkloadOptions

    @Option(
        name: [.customShort("c"), .long], parsing: .upToNextOption,
        help: ArgumentHelp("Numbers of requests that are open at a time. (default: 32)", valueName: "n"))
    package var concurrency: [Int] = []

    @Flag(inversion: .prefixedNo, help: "See tokens one by one; otherwise when their reply has ended.")
    package var streamOutput = true

    @Flag(help: "Tokenize prompts before the measurement. Random prompts are tokens already.")
    package var skipTokenize = false

    @Flag(help: "Do not turn tokens into text.")
    package var skipDetokenize = false

    @Option(
        help: ArgumentHelp(
            "Also send one prompt of this length beside as many running replies, and print their worst gap.",
            valueName: "tokens"))
    package var longPromptLen: Int?

    @Option(help: ArgumentHelp("Append the measurements to this file, as CSV.", valueName: "file"))
    package var csv = "./profile_throughput.csv"

    @Option(help: ArgumentHelp("Also write them to this file, as JSON.", valueName: "file"))
    package var json: String?

    @Option(help: "Tokens the sampler keeps; 1 takes the most likely one.")
    package var topK = 1

    @Option(help: "Probability the sampler keeps, 0 to 1.")
    package var topP: Float = 1

    @Option(help: "Divides the logits, 0 to 2.")
    package var temperature: Float = 1

    @OptionGroup(title: "Engine") package var engine: EngineOptions

    @Argument(help: ArgumentHelp("A ShareGPT file, like --dataset-path.", valueName: "dataset"))
    package var positionalDataset: String?

    package init() {}

    package mutating func validate() throws {
        try sortPositionals()
        if let wrong = concurrency.first(where: { !(1...4096).contains($0) }) {
            throw ToolError.option(name: "--concurrency", found: "\(wrong)", expected: "1...4096")
        }
        if let longPromptLen, longPromptLen < 1 {
            throw ToolError.option(
                name: "--long-prompt-len", found: "\(longPromptLen)", expected: "at least 1")
        }
        try GenerationConfig(topP: topP, topK: topK, temperature: temperature).validate()
    }

    package func run() async throws {
        let loader = ModelLoader(environment: CurrentProcess.environment)
        var summaries: [ThroughputSummary] = []
        var longPrompts: [LongPromptSummary] = []
        var requests: [ThroughputRequest]?
        for concurrency in concurrencies {
            let pipeline = try loader.load(
                model, engineConfig: engine.engineConfig(maxBatchSize: room(for: concurrency)),
                template: ChatTemplateConfig())
            defer { pipeline.close() }
            try StandardStream.write("\(pipeline.modelName): \(pipeline.plan)\n")
            let made = try requests ?? workload.requests(for: pipeline, isTokenized: skipTokenize)
            requests = made
            let summary = try await measure(made, concurrency, on: pipeline)
            summaries.append(summary)
            try StandardStream.write("\n" + ThroughputReport.text(summary))
            try OutputFile.append(
                ThroughputReport.csvLine(summary, settings), under: ThroughputReport.csvHeader, to: csv)
            if let longPromptLen {
                let probe = LongPromptProbe(
                    pipeline: pipeline, synthetic: try .ordinary(pipeline), sampling: sampling)
                let result = try await probe.run(
                    promptTokens: longPromptLen, replies: concurrency, seed: workload.seed)
                longPrompts.append(result)
                try StandardStream.write(result.text)
            }
            try StandardStream.write("\n")
        }
        if summaries.count > 1 { try StandardStream.write(ThroughputReport.scaling(summaries)) }
        let report = ThroughputMeasurements(throughput: summaries, longPrompts: longPrompts)
        if let json { try OutputFile.write(try JSONText.encode(report), to: json) }
    }
}

/// Everything that one run of the command measured.
private struct ThroughputMeasurements: Encodable {
    let throughput: [ThroughputSummary]
    let longPrompts: [LongPromptSummary]
}
