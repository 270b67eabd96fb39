package import ArgumentParser
internal import LMDeploy

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// `lmdeploy benchmark memory`: planned and measured memory of full batches.
package struct MemoryCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "memory",
        abstract: "Compare the memory plan with the memory that full batches take.",
        discussion: """
            Every batch with its session length is measured with every precision of the KV cache, each in a \
            process of its own: all sequences are generated to the end of their sessions side by side, so that \
            every block of the cache is in use. The peak of the process's resident memory must stay under the \
            plan and 5 %; otherwise the command fails.
            """)

    @OptionGroup(title: "Model") package var model: ModelOptions

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Numbers of sequences at the same time. (default: 1 8)", valueName: "n"))
    package var batch: [Int] = []

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Tokens of each, one length per batch. (default: 512 2048)", valueName: "tokens"))
    package var sessionLen: [Int] = []

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Precisions of the KV cache: 0 for 16 bits, 8 for int8, 4 for int4. (default: 0 8 4)",
            valueName: "bits"))
    package var quantPolicy: [Int] = []

    @Option(
        help: ArgumentHelp(
            "Format weights are held and computed in: auto, float32, float16, bfloat16, w8 or w4.",
            valueName: "type"))
    package var dtype = "auto"

    @Option(help: ArgumentHelp("Compute threads. (default: the physical cores this process may use)"))
    package var threads: Int?

    @Option(help: ArgumentHelp("Write the rows to this file, as CSV.", valueName: "file"))
    package var csv: String?

    @Option(help: ArgumentHelp("Write the rows to this file, as JSON.", valueName: "file"))
    package var json: String?

    package init() {}

    package func validate() throws {
        guard batch.count == sessionLen.count else {
            throw ToolError.conflict(
                "--batch has \(batch.count) values and --session-len has \(sessionLen.count): give one session "
                    + "length per batch")
        }
        if let wrong = batch.first(where: { !(1...4096).contains($0) }) {
            throw ToolError.option(name: "--batch", found: "\(wrong)", expected: "1...4096")
        }
        if let wrong = sessionLen.first(where: { $0 < 2 }) {
            throw ToolError.option(name: "--session-len", found: "\(wrong)", expected: "at least 2")
        }
        if let wrong = quantPolicy.first(where: { ![0, 4, 8].contains($0) }) {
            throw ToolError.option(name: "--quant-policy", found: "\(wrong)", expected: "0, 8 or 4")
        }
        if let threads, threads < 1 {
            throw ToolError.option(name: "--threads", found: "\(threads)", expected: "at least 1")
        }
    }

    /// What is measured, in the table's order.
    package var configurations: [MemoryCase] {
        let sizes = batch.isEmpty ? [(1, 512), (8, 2048)] : zip(batch, sessionLen).map { ($0, $1) }
        let policies = quantPolicy.isEmpty ? [0, 8, 4] : quantPolicy
        return sizes.flatMap { batch, sessionLength in
            policies.map { MemoryCase(batch: batch, sessionLength: sessionLength, quantPolicy: $0) }
        }
    }

    package func run() throws {
        let path = try ModelLoader(environment: CurrentProcess.environment).path(
            of: model.model, hub: model.hub)
        try StandardStream.write(MemoryReport.table.headerLine + "\n")
        var results: [MemoryResult] = []
        for configuration in configurations {
            let result = try measure(configuration, path: path)
            results.append(result)
            try StandardStream.write(MemoryReport.tableLine(result) + "\n")
        }
        if let csv { try OutputFile.write(MemoryReport.csv(results), to: csv) }
        if let json { try OutputFile.write(try JSONText.encode(results), to: json) }
        let bad = results.count { !$0.isGood }
        guard bad == 0 else {
            throw ToolError.measurement(
                "\(bad) of \(results.count) configurations took more than the plan and 5 %, or could not be "
                    + "measured")
        }
    }

    private func measure(_ configuration: MemoryCase, path: String) throws -> MemoryResult {
        var arguments = [
            "benchmark", "memory-case", "--model", path, "--batch", "\(configuration.batch)", "--session-len",
            "\(configuration.sessionLength)", "--quant-policy", "\(configuration.quantPolicy)", "--dtype",
            dtype,
        ]
        if let threads { arguments += ["--threads", "\(threads)"] }
        let child = try OwnProcess.run(arguments)
        guard child.exitCode == 0 else {
            return MemoryResult(configuration, problem: "the process ended with code \(child.exitCode)")
        }
        return try JSONDecoder().decode(MemoryResult.self, from: Data(child.output))
    }
}
