package import ArgumentParser

/// `lmdeploy check_env`: facts for a bug report.
package struct CheckEnvironmentCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "check_env",
        abstract: "Show the machine, the kernels it can run, and the cache.",
        aliases: ["check-env"])

    @Option(help: ArgumentHelp("Also write the facts to this file, as JSON.", valueName: "file.json"))
    package var dumpFile: String?

    package init() {}

    package func validate() throws {
        if let dumpFile, !dumpFile.lowercased().hasSuffix(".json") {
            throw ToolError.option(
                name: "--dump-file", found: "'\(dumpFile)'", expected: "a name that ends in .json")
        }
    }

    package func run() throws {
        let report = EnvironmentReport.collect(environment: CurrentProcess.environment)
        try StandardStream.write(report.text)
        if let dumpFile { try OutputFile.write(try JSONText.encode(report), to: dumpFile) }
    }
}
