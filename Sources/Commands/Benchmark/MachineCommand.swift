package import ArgumentParser
internal import Tensors

/// `lmdeploy benchmark machine`: the machine's ceilings.
package struct MachineCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "machine",
        abstract: "Measure the machine's ceilings: memory reads and dot products.",
        discussion: """
            Each number is the best of several slices of a few milliseconds. Decoding one reply is limited by \
            memory reads, prompts by dot products.
            """)

    @Option(help: ArgumentHelp("Threads. (default: the physical cores this process may use)"))
    package var threads: Int?

    @Option(help: ArgumentHelp("Also write the numbers to this file, as JSON.", valueName: "file"))
    package var json: String?

    package init() {}

    package func run() throws {
        let kernels = try Kernels.select(environment: CurrentProcess.environment)
        let pool = try WorkerPool(threads: threads ?? Machine.physicalCores())
        let ceilings = try MachineCeilings.measure(pool: pool, instructionSet: kernels.instructionSet)
        let report = CeilingReport(ceilings, processor: Machine.cpuName())
        try StandardStream.write(report.text)
        if let json { try OutputFile.write(try JSONText.encode(report), to: json) }
    }
}
