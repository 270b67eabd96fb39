package import ArgumentParser
internal import LMDeploy
internal import Tensors
internal import TurboMind

/// `lmdeploy benchmark profile_generation`: speed of the engine on synthetic prompts.
package struct ProfileGenerationCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "profile_generation",
        abstract: "Measure prompt and generation speed on synthetic prompts.",
        discussion: """
            Every concurrency is measured with every pair of --prompt-tokens and --completion-tokens. The \
            machine's ceilings are measured before and after each row, and rates of single replies are also \
            given as a share of them.
            """,
        aliases: ["profile-generation"])

    @OptionGroup(title: "Model") package var model: ModelOptions

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Numbers of replies at the same time. (default: 1 8)", valueName: "n"))
    package var concurrency: [Int] = []

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Lengths of prompts. (default: 1 128 512)", valueName: "n"))
    package var promptTokens: [Int] = []

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Lengths of the replies to them, one each. (default: 128 128 64)", valueName: "n"))
    package var completionTokens: [Int] = []

    @Option(help: ArgumentHelp("Measured rounds per row.", valueName: "n"))
    package var testRound = 3

    @Option(help: ArgumentHelp("Rounds before them that are not counted.", valueName: "n"))
    package var warmupRound = 1

    @Option(help: ArgumentHelp("Write the rows to this file, as CSV.", valueName: "file"))
    package var csv = "./profile_generation.csv"

    @Option(help: ArgumentHelp("Also write the rows to this file, as JSON.", valueName: "file"))
    package var json: String?

    @Flag(help: "After each row, say what its steps spent their time on, operation by operation.")
    package var profileSteps = false

    @Option(help: "Tokens the sampler keeps; 1 takes the most likely one.")
    package var topK = 1

    @Option(help: "Probability the sampler keeps, 0 to 1.")
    package var topP: Float = 1

    @Option(help: "Divides the logits, 0 to 2.")
    package var temperature: Float = 1

    @OptionGroup(title: "Engine") package var engine: EngineOptions

    package init() {}

    package func validate() throws {
        let lists = [
            ("--concurrency", concurrency), ("--prompt-tokens", promptTokens),
            ("--completion-tokens", completionTokens),
        ]
        for (name, values) in lists {
            if let wrong = values.first(where: { $0 < 1 }) {
                throw ToolError.option(name: name, found: "\(wrong)", expected: "at least 1")
            }
        }
        guard promptTokens.count == completionTokens.count else {
            throw ToolError.conflict(
                "--prompt-tokens has \(promptTokens.count) values and --completion-tokens has "
                    + "\(completionTokens.count): give one reply length per prompt length")
        }
        guard testRound >= 1 else {
            throw ToolError.option(name: "--test-round", found: "\(testRound)", expected: "at least 1")
        }
        guard warmupRound >= 0 else {
            throw ToolError.option(name: "--warmup-round", found: "\(warmupRound)", expected: "0 or more")
        }
        try generationConfig.validate()
    }

    package func run() async throws {
        let environment = CurrentProcess.environment
        let pipeline = try ModelLoader(environment: environment)
            .load(model, engineConfig: engineConfig, template: ChatTemplateConfig())
        let synthetic = SyntheticPrompts(
            tokens: try pipeline.tokens(of: .raw(SyntheticPrompts.passage)))
        let probe = try CeilingProbe(threads: pipeline.plan.threads, environment: environment)
        try StandardStream.write("\(pipeline.modelName): \(pipeline.plan)\n")
        try StandardStream.write(ProfileReport.table.headerLine + "\n")
        var rows: [ProfileRow] = []
        var before = try probe.measure()
        for batch in batches {
            for (prompt, completion) in lengths {
                let profiler = GenerationProfiler(
                    pipeline: pipeline, config: generationConfig, batch: batch, promptTokens: prompt,
                    completionTokens: completion, synthetic: synthetic)
                let steps = profileSteps ? StepProfiler() : nil
                let rounds = try await measure(profiler, steps: steps)
                let memoryBytes = Machine.residentBytes()
                let after = try probe.measure()
                let row = ProfileRow(
                    batch: batch, promptTokens: prompt, completionTokens: completion, rounds: rounds,
                    work: TokenWork(pipeline.plan), memoryBytes: memoryBytes, ceilings: .mean(before, after))
                before = after
                rows.append(row)
                try StandardStream.write(ProfileReport.tableLine(row) + "\n")
                if let steps { try report(steps, threads: pipeline.plan.threads) }
            }
        }
        pipeline.close()
        try StandardStream.write("\nMean ceilings of the last row:\n" + (rows.last?.ceilings.text ?? ""))
        try OutputFile.write(ProfileReport.csv(rows), to: csv)
        if let json { try OutputFile.write(try JSONText.encode(rows), to: json) }
    }

    private func measure(
        _ profiler: GenerationProfiler, steps: StepProfiler?
    ) async throws -> [RoundTimeline] {
        var rounds: [RoundTimeline] = []
        for index in 0..<warmupRound + testRound {
            if index == warmupRound, let steps { await profiler.pipeline.engine.profileSteps(with: steps) }
            let round = try await profiler.round(seed: UInt64(index))
            if index >= warmupRound { rounds.append(round) }
        }
        await profiler.pipeline.engine.profileSteps(with: nil)
        return rounds
    }

    private func report(_ steps: StepProfiler, threads: Int) throws {
        let profiles = steps.take()
        let texts = [
            StepProfileReport.text(profiles.prefill, name: "steps with prompt rows", threads: threads),
            StepProfileReport.text(profiles.decode, name: "steps without", threads: threads),
        ]
        try StandardStream.write(texts.filter { !$0.isEmpty }.map { "\n" + $0 }.joined() + "\n")
    }

    private var batches: [Int] { concurrency.isEmpty ? [1, 8] : concurrency }

    private var lengths: [(prompt: Int, completion: Int)] {
        guard !promptTokens.isEmpty else { return [(1, 128), (128, 128), (512, 64)] }
        return zip(promptTokens, completionTokens).map { ($0, $1) }
    }

    private var engineConfig: TurbomindEngineConfig {
        engine.engineConfig(maxBatchSize: batches.max() ?? 1)
    }

    private var generationConfig: GenerationConfig {
        GenerationConfig(doSample: topK != 1, topP: topP, topK: topK, temperature: temperature)
    }
}

/// Measures the ceilings of this machine again and again.
private struct CeilingProbe {
    private let pool: WorkerPool
    private let instructionSet: InstructionSet

    init(threads: Int, environment: [String: String]) throws {
        pool = try WorkerPool(threads: threads)
        instructionSet = try Kernels.select(environment: environment).instructionSet
    }

    func measure() throws -> CeilingReport {
        let ceilings = try MachineCeilings.measure(pool: pool, instructionSet: instructionSet)
        return CeilingReport(ceilings, processor: Machine.cpuName())
    }
}
